from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweepflow.errors import ConstraintError
from sweepflow.space.constraints import Constraint


@pytest.mark.parametrize(
    ("text", "parameters", "holds"),
    [
        ("max_depth * n_estimators <= 2000", {"max_depth": 4, "n_estimators": 500}, True),
        ("max_depth * n_estimators <= 2000", {"max_depth": 5, "n_estimators": 500}, False),
        ("1 < a < 3", {"a": 2}, True),
        ("1 < a < 3", {"a": 3}, False),
        ("a == 'relu' or b > 0.5", {"a": "relu", "b": 0.1}, True),
        ("not (a == 'relu' and b > 0.5)", {"a": "relu", "b": 0.6}, False),
        ("a in ['x', 'y']", {"a": "y"}, True),
        ("a not in ('x', 'y')", {"a": "y"}, False),
        ("a ** 0.5 + -1 >= b // 2 % 3 - 1 / 4", {"a": 4.0, "b": 5}, False),
        ("flag == true", {"flag": True}, True),
        ("depth == null or depth > 2", {"depth": None}, True),
        ("a + b < 10", {"a": 100}, True),  # b is not drawn in this branch
    ],
)
def test_a_condition_holds_or_not(text, parameters, holds):
    assert Constraint(text).holds(parameters) is holds


def test_it_tells_which_parameters_it_speaks_of():
    assert Constraint("a * b <= 3 and c == true").names == {"a", "b", "c"}


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true') == 0",
        "a.real > 1",
        "a[0] > 1",
        "(lambda: 1)() == 1",
        "[x for x in a] == 1",
        "f'{a}' == '1'",
        "a if b else c",
        "(a := 3) > 1",
        "a @ b == 1",
        "a << 99 > 1",
        "a is None",
        "{1: 2} == a",
        "...",
        "b'x' == a",
        "1j == a",
    ],
)
def test_anything_else_of_python_is_refused(text):
    with pytest.raises(ValueError, match=r"may hold numbers|must compare"):
        Constraint(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a <", "is no condition"),
        ("", "is no condition"),
        ("a = 3", "is no condition"),
        ("a + b", "must compare something"),
        ("a", "must compare something"),
        ("a < " + "1" * 1000, "at most 1000 characters"),
        ("-" * 990 + "a < 1", "nested too deeply|cannot be decided|is no condition"),
        ("(" * 400 + "a" + ")" * 400 + " < 1", "nested too deeply|too many nested"),
    ],
)
def test_what_is_no_condition_is_refused(text, told):
    with pytest.raises(ValueError, match=told):
        Constraint(text)


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("a < 3", {"a": "x"}),
        ("a * 2 < 3", {"a": "x"}),
        ("1 / a < 3", {"a": 0}),
        ("a ** a ** a < 3", {"a": 99}),
    ],
)
def test_what_makes_no_sense_for_these_parameters_says_so(text, parameters):
    with pytest.raises(ConstraintError, match="cannot be decided for"):
        Constraint(text).holds(parameters)


@given(st.text(max_size=60))
def test_any_text_is_a_condition_or_a_value_error(text):
    with suppress(ValueError):
        assert Constraint(text).text == text
