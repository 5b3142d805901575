"""Texts that were probably meant as other values."""

import pytest

from sweepflow.fields.yaml import parse_yaml
from sweepflow.trials.parameters import Scalar
from sweepflow.trials.text_readings import probable_value, text_notices


@pytest.mark.parametrize(
    ("text", "meant", "spelt"),
    [
        ("None", None, "null"), ("none", None, "null"), ("NaN", None, "null"), (" ", None, "null"),
        ("True", True, "true"), ("yes", True, "true"), ("off", False, "false"),
        ("3", 3, "3"), ("-3", -3, "-3"), ("0.5", 0.5, "0.5"),
        ("1e-3", 0.001, "0.001"), ("10.0", 10.0, "10.0"),
    ],
)  # fmt: skip
def test_a_text_that_looks_like_another_value_is_read_as_it(text: str, meant: Scalar, spelt: str) -> None:
    assert probable_value(text) == (meant, spelt)
    found = probable_value(text)
    assert found is not None
    assert type(found[0]) is type(meant)
    assert parse_yaml(spelt) == meant


@pytest.mark.parametrize("text", ["gini", "l1", "inf", "1.0.0", "nothing", "3 trees", "1e"])
def test_what_is_plainly_text_stands_for_nothing_else(text: str) -> None:
    assert probable_value(text) is None


@pytest.mark.parametrize(
    ("values", "places"),
    [
        (("None", 3), [0]),
        (("none", 3), [0]),
        (("None", "l1"), [0]),
        (("none", "l1", "l2"), []),
        (("yes", "no"), [0, 1]),
        (("on", "off", "auto"), []),
        (("0.1", "0.2"), [0, 1]),
        (("auto", "1e-3"), [1]),
        ((None, 3, True, "gini"), []),
    ],
)
def test_a_choice_tells_the_texts_that_are_probably_none(
    values: tuple[Scalar, ...], places: list[int]
) -> None:
    found = list(text_notices(values, "search_space.x.values.{}"))
    assert [notice.partition(":")[0] for notice in found] == [f"search_space.x.values.{i}" for i in places]


def test_the_notice_says_what_to_write() -> None:
    assert list(text_notices(("None", 3), "search_space.depth.values.{}")) == [
        "search_space.depth.values.0: is the text 'None'; write null if that is what you mean"
    ]
