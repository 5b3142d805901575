from typing import Any

import pyarrow as pa
import pytest

from sweepflow.errors import DataError
from sweepflow.starter import FirstSpec, by_reason, choose, facts_of, without

N = 40


def choice(target: list[Any], **features: list[Any]) -> FirstSpec:
    """The choice for a table with these columns, and one that can be learned from."""
    return choose(facts_of(pa.table({"useful": [0.5, 1.5] * (N // 2), **features, "y": target}), "y"))


@pytest.mark.parametrize(
    ("target", "is_classification"),
    [
        (["a", "b"] * 20, True),
        ([True, False] * 20, True),
        ([1.0, 0.0] * 20, True),
        (list(range(8)) * 5, True),  # whole numbers, five of each
        (list(range(10)) * 4, False),  # four of each
        ([0.5, 1.5] * 20, False),
        (list(range(40)), False),
    ],
)
def test_words_and_few_whole_numbers_are_classes(target: list[Any], is_classification: bool) -> None:
    assert choice(target).is_classification == is_classification


@pytest.mark.parametrize(
    ("target", "positive"),
    [
        (["no", "yes"] * 20, "yes"),
        ([0, 1] * 20, 1),
        ([1.0, 0.0] * 20, 1.0),
        ([True, False] * 20, True),
        (["ill"] * 10 + ["well"] * 30, "ill"),  # the rarer one
        (["ill"] * 30 + ["well"] * 10, "well"),
        (["ill", "well"] * 20, "well"),  # equal: the greater one
        (["a", "b", "c", "d"] * 10, None),
        ([0.5, 1.5] * 20, None),
    ],
)
def test_the_positive_label_says_yes_or_is_the_rarer_one(target: list[Any], positive: object) -> None:
    found = choice(target).positive_label
    assert (found, type(found)) == (positive, type(positive))


def test_the_metric_goes_with_the_target() -> None:
    assert choice(["a", "b"] * 20).metric == "roc_auc"
    assert choice(["a", "b", "c", "d"] * 10).metric == "accuracy"
    assert choice(["a"] * 24 + ["b"] * 8 + ["c"] * 8).metric == "accuracy"  # 60 %
    assert choice(["a"] * 25 + ["b"] * 8 + ["c"] * 7).metric == "balanced_accuracy"
    assert choice([0.5, 1.5] * 20).metric == "r2"


@pytest.mark.parametrize(
    ("name", "values", "reason"),
    [
        ("n", list(range(N)), "numbers the rows"),
        ("n", [2 * i for i in range(N)], ""),
        ("customer_id", [2 * i for i in range(N)], "looks like an identifier, by its name and 40 different"),
        ("customerId", [2 * i for i in range(N)], "looks like an identifier"),
        ("PID", [3 * i for i in range(N)], "looks like an identifier"),
        ("patient_nbr", [3 * i for i in range(N)], "looks like an identifier"),
        ("humid", [2 * i for i in range(N)], ""),
        ("id", [1, 2] * 20, ""),
        ("n", ["same"] * N, "has the same value in all rows"),
        ("n", ["same"] * 20 + [None] * 20, ""),  # that it is missing may tell something
        ("n", [7] * 20 + [None] * 20, "has the same value in all rows"),
        ("n", [None] * N, "has no values"),
        ("n", [[1]] * N, "holds neither numbers nor words nor dates"),
        ("n", [f"text {i}" for i in range(N)], "looks like an identifier or free text: 40 different texts"),
        ("n", [f"text {i % 20}" for i in range(N)], ""),  # each twice
        ("n", [f"text {i % 21}" for i in range(N)], "looks like an identifier or free text: 21"),
        ("n", [f"2024-{i % 12 + 1:02d}-{i % 28 + 1:02d}" for i in range(N)], ""),  # dates
    ],
)
def test_columns_that_are_of_no_use_are_dropped_with_the_reason(
    name: str, values: list[Any], reason: str
) -> None:
    drop = choice(["a", "b"] * 20, **{name: values}).drop
    assert drop.get(name, "").startswith(reason)
    assert bool(drop) == bool(reason)


def test_classes_too_rare_for_every_part_are_told_and_the_split_is_not_stratified() -> None:
    found = choice(["a"] * 20 + ["b"] * 17 + ["c"] * 2 + ["d"])
    assert (found.rare, found.stratify, found.metric) == (("c", "d"), False, "accuracy")
    found = choice(["a"] * 20 + ["b"] * 17 + ["c"] * 3)
    assert (found.rare, found.stratify) == ((), True)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (["same"] * N, "column 'y' has the same value in all 40 rows: name another"),
        ([[1]] * N, "holds dates or lists, which cannot be predicted"),
        (["a"] * 38 + ["b"] * 2, "only 1 of the 2 classes in column 'y' have 3 rows or more"),
    ],
)
def test_a_target_that_cannot_be_predicted_is_refused(target: list[Any], message: str) -> None:
    with pytest.raises(DataError, match=f"--target: .*{message}"):
        choice(target)


def test_a_text_for_every_row_is_no_target() -> None:
    table = pa.table({"x": [0.5, 1.5] * 101, "y": [f"name {i}" for i in range(202)]})
    with pytest.raises(DataError, match="202 different texts in 202 rows: too many classes"):
        choose(facts_of(table, "y"))


def test_a_table_of_nothing_but_useless_columns_is_refused_with_the_reasons() -> None:
    table = pa.table({"id": range(40), "fixed": [1] * 40, "y": ["a", "b"] * 20})
    with pytest.raises(DataError, match="column 'id' numbers the rows; column 'fixed' has the same value"):
        choose(facts_of(table, "y"))


@pytest.mark.parametrize(
    ("target", "is_classification", "metric"),
    [
        ([0, 1, 2, 3] * 10, False, "r2"),
        ([1.0, 0.0] * 20, False, "r2"),
        (list(range(10)) * 4, True, "accuracy"),
    ],
)
def test_a_target_that_could_be_both_is_what_the_user_says(
    target: list[Any], is_classification: bool, metric: str
) -> None:
    facts = facts_of(pa.table({"useful": [0.5, 1.5] * 20, "y": target}), "y")
    assert choose(facts).is_classification != is_classification
    found = choose(facts, is_classification)
    assert (found.is_classification, found.metric) == (is_classification, metric)
    assert found.positive_label is None


@pytest.mark.parametrize(
    ("target", "is_classification", "reason"),
    [
        (["a", "b"] * 20, False, "holds no numbers, so its values must be classes"),
        ([True, False] * 20, False, "holds no numbers"),
        ([0.5, 1.5] * 20, True, "holds numbers with fractions, which are no classes"),
    ],
)
def test_a_task_that_the_target_does_not_allow_is_refused(
    target: list[Any], is_classification: bool, reason: str
) -> None:
    facts = facts_of(pa.table({"useful": [0.5, 1.5] * 20, "y": target}), "y")
    with pytest.raises(DataError, match=f"--task: column 'y' {reason}"):
        choose(facts, is_classification)


def test_many_columns_that_are_left_out_for_one_reason_are_one_group() -> None:
    drop = {**dict.fromkeys("abcde", "same"), "id": "numbers", "f": "empty", "g": "empty"}
    assert by_reason(drop) == [
        (list("abcde"), "same"),
        (["id"], "numbers"),
        (["f"], "empty"),
        (["g"], "empty"),
    ]


def test_answers_are_left_out_unless_nothing_else_is_left() -> None:
    facts = facts_of(pa.table({"a": [0.5, 1.5] * 20, "b": ["01", "02"] * 20, "y": [0.5, 1.5] * 20}), "y")
    chosen = choose(facts._replace(codes={"b": "01"}))
    left = without(chosen, facts, {"b": "is the answer"})
    assert (left.drop, left.categories) == ({"b": "is the answer"}, {})
    assert without(chosen, facts, dict.fromkeys("ab", "is the answer")) == chosen
