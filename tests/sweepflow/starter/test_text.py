from typing import Any

import pyarrow as pa
import pytest

from sweepflow.fields.yaml import parse_yaml
from sweepflow.spec.spec import Spec
from sweepflow.starter import Comparison, Tried, choose, facts_of, families, spec_text, task_of
from sweepflow.starter.families import Member, blend


def written(target: list[Any], name: str = "y", **features: list[Any]) -> str:
    facts = facts_of(pa.table({"useful": [0.5, 1.5] * 20, **features, name: target}), name)
    return spec_text("a sweep", "table.csv", facts, choose(facts))


@pytest.mark.parametrize(
    "target",
    [["a", "b"] * 20, [0.5, 1.5] * 20, [0, 1, 2, 3] * 10, ["a"] * 20 + ["b"] * 18 + ["c"] * 2],
)
def test_the_text_is_a_spec_that_nothing_is_wrong_with_or_to_be_said_about(target: list[Any]) -> None:
    spec = Spec.checked(parse_yaml(written(target)), is_trusted=True)
    assert spec.notices(cores=2) == []


def test_every_block_has_a_comment_above_it() -> None:
    blocks = written(["a", "b"] * 20).split("\n\n")
    assert len(blocks) == 8
    assert all(block.startswith("# ") for block in blocks)


@pytest.mark.parametrize(
    "name",
    [
        "yes",
        "null",
        "1",
        "a: b",
        "# no",
        "",
        " ",
        "it's",
        'a "b"',
        "a\\b",
        "line\nbreak",
        "\x1b[31m",
        "é",
        "\U000e0041",
    ],
)
def test_any_name_is_read_back_as_it_is(name: str) -> None:
    fields = parse_yaml(written(["a", "b"] * 20, name, **{name + "_id": range(40)}))
    assert fields["data"]["target"] == name
    assert fields["data"]["drop"] == [name + "_id"]


@pytest.mark.parametrize(
    "labels", [("no", "yes"), (0, 1), (False, True), (0.0, 1.0), ("null", "on"), ("0", "1")]
)
def test_the_positive_label_is_read_back_with_its_type(labels: tuple[Any, Any]) -> None:
    found = parse_yaml(written([*labels] * 20))["data"]["positive_label"]
    assert (found, type(found)) == (labels[1], type(labels[1]))


def test_what_is_dropped_and_why_a_split_is_not_stratified_stands_beside_it() -> None:
    text = written(
        ["a"] * 20 + ["b"] * 17 + ["c"] * 2 + [None],
        id=list(range(40)),
        day=["01.02.2024", "02.02.2024"] * 20,
    )
    assert "    - id # numbers the rows\n" in text
    assert "  stratify: false # fewer than 3 rows, too few for every part: class c\n" in text
    assert '  target: "y" # left out: 1 row(s) without it\n' in text
    assert "    - day\n" in text


def test_a_leaf_holds_fewer_rows_in_a_small_table() -> None:
    assert "min_samples_leaf: {type: choice, values: [2, 5, 10, 20]}" in written(["a", "b"] * 20)
    facts = facts_of(pa.table({"x": [0.5, 1.5] * 250, "y": ["a", "b"] * 250}), "y")
    assert "values: [5, 10, 20, 50]}" in spec_text("a", "b", facts, choose(facts))


def test_many_columns_that_are_left_out_for_one_reason_take_one_line() -> None:
    same = {f"same {i}": [i] * 40 for i in range(300)}
    text = written(["a", "b"] * 20, id=list(range(40)), **same)
    assert len([line for line in text.splitlines() if "same value" in line]) == 1
    assert "# has the same value in all rows (300 columns)" in text
    assert parse_yaml(text)["data"]["drop"] == ["id", *same]


def test_the_estimator_that_was_best_is_tuned_and_what_each_reached_stands_above_it() -> None:
    facts = facts_of(pa.table({"useful": [0.5, 1.5] * 20, "y": ["a", "b"] * 20}), "y")
    choice = choose(facts)
    first, second, *_, last = families(task_of(facts, choice))
    tried = (Tried("a", second, 0.9123), Tried("b", first, 0.75), Tried("c", last, None, "it did\nnot"))
    text = spec_text("a", "b", facts, choice, Comparison(tried, 32, 3))
    assert parse_yaml(text)["trial"]["estimator"] == second.estimator
    above = text[: text.index("\ntrial:")].splitlines()[-4:]
    assert above[0] == "# Untuned, by roc_auc in 3-fold cross-validation (32 rows in all):"
    assert above[1:] == ["#   0.9123   a", "#   0.75     b", "#   none     c: it did\\nnot"]


def test_what_small_steps_and_the_weights_of_a_blend_are_is_said_above_it() -> None:
    facts = facts_of(pa.table({"useful": [0.5, 1.5] * 20, "y": ["a", "b"] * 20}), "y")
    choice = choose(facts)
    first, second, *_ = families(task_of(facts, choice))
    mixed = blend([Member(first, first.careful, 3), Member(second, {})], is_classification=True)
    tried = (Tried(mixed.name, mixed, 0.9), Tried(f"{first.name}, small steps", first, 0.8))
    above = spec_text("a", "b", facts, choice, Comparison(tried, 32, 3)).split("\ntrial:")[0].splitlines()
    assert above[-3].startswith("# Small steps are {learning_rate: 0.05, max_iter: 200,")
    assert "their weighted mean predicts. The weights were chosen on the same" in above[-2]
    assert above[-1].endswith(
        "the blend's value is a little too good. boosting__learning_rate below is learning_rate of boosting."
    )


@pytest.mark.parametrize(("others", "is_told"), [((0.75, 0.9), True), ((0.6, None), False), ((), False)])
@pytest.mark.parametrize("less", [0, 1])
def test_why_one_is_tuned_that_is_not_the_best_is_told(
    others: tuple[float | None, ...], is_told: bool, less: float
) -> None:
    facts = facts_of(pa.table({"useful": [0.5, 1.5] * 20, "y": ["a", "b"] * 20}), "y")
    choice = choose(facts)
    family = families(task_of(facts, choice))[0]
    values = [None if value is None else value - less for value in (0.7, *others)]
    tried = tuple(Tried("a", family, value) for value in values)
    text = spec_text("a", "b", facts, choice, Comparison(tried, 5000))
    assert ("no other is better by more than chance" in text) == is_told


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({}, {"numbers": "native"}),
        (
            {"color": ["red", "blue"] * 20},
            {"categories": "native", "many_categories": "target", "numbers": "native"},
        ),
    ],
)
def test_the_preprocessing_that_fits_the_estimator_is_written(words: Any, expected: dict[str, str]) -> None:
    assert parse_yaml(written(["a", "b"] * 20, **words))["trial"]["preprocess"] == expected
