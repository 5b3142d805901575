import pytest

from sweepflow.fields.bounds import (
    LONGEST_NAME,
    MOST_LEVELS,
    MOST_VALUES,
    bound_problems,
    json_problem,
    value_fault,
)


def nested(levels):
    value = 1
    for _ in range(levels):
        value = [value]
    return value


def test_fields_may_hold_as_many_values_as_the_bound_and_no_more():
    assert bound_problems([0] * (MOST_VALUES - 1)) == []
    assert bound_problems([0] * MOST_VALUES) == [("", "must hold at most 100,000 values")]


def test_a_value_that_is_referred_to_often_counts_each_time():
    laughs = "ha"
    for _ in range(30):
        laughs = [laughs] * 10
    assert bound_problems({"x": laughs}) == [("", "must hold at most 100,000 values")]


def test_fields_may_be_nested_as_deep_as_the_bound_and_no_deeper():
    assert bound_problems(nested(MOST_LEVELS)) == []
    assert bound_problems(nested(MOST_LEVELS + 1)) == [("", "must be nested at most 64 levels deep")]


def test_a_value_that_contains_itself_is_nested_too_deeply():
    endless = {}
    endless["x"] = endless
    assert bound_problems(endless) == [("", "must be nested at most 64 levels deep")]


def test_a_name_may_be_as_long_as_the_bound_and_no_longer():
    assert bound_problems({"a": {"x" * LONGEST_NAME: 1}}) == []
    ((path, message),) = bound_problems({"a": {"x" * (LONGEST_NAME + 1): 1}})
    assert path.startswith("a.xxx")
    assert message == "its name must have at most 200 characters, got 201"


@pytest.mark.parametrize("value", ["\t\n\x1b\ue000", 2**1024 - 1, -(2**1024) + 1, 1.5, None, True])
def test_what_can_be_recorded_has_no_fault(value):
    assert value_fault(value) is None


@pytest.mark.parametrize("value", ["a\x00", "b\ud800"])
def test_a_text_that_databases_refuse_cannot_be_recorded(value):
    assert "must not contain the character" in value_fault(value)
    assert bound_problems({value: 1})[0].path == "?"


@pytest.mark.parametrize("value", [2**1024, -(2**1024), 16**50000], ids=["least", "negative", "unwritable"])
def test_a_number_greater_than_any_float_cannot_be_recorded(value):
    assert value_fault(value) == "must be a number between -1.8e308 and 1.8e308"
    assert bound_problems([1, value])[0].path == "1"


@pytest.mark.parametrize("value", [{"a": [1, 2.5, "x", None, True]}, {1: {True: 2}}, []])
def test_what_json_can_write_is_writable(value):
    assert json_problem(value) is None


@pytest.mark.parametrize(
    ("value", "path"), [({"a": {1, 2}}, ("a",)), ([1, b"x"], (1,)), ({"a": [float("nan")]}, ("a", 0))]
)
def test_what_json_cannot_write_is_named_by_its_place(value, path):
    assert json_problem(value)[0] == path


def test_a_name_that_json_cannot_write_is_refused():
    assert json_problem({"a": {(1, 2): 3}}) == (("a",), "must have text or numbers as its names, got (1, 2)")
