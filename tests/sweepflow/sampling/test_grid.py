import pytest
from pydantic import TypeAdapter

from sweepflow.sampling import GridSampling, SamplingAlgorithm
from sweepflow.space.search_space import SearchSpace
from sweepflow.trials.history import History
from sweepflow.trials.objective import Objective

SPACE = TypeAdapter(SearchSpace)
HISTORY = History(Objective(primary_metric="loss", goal="minimize"))


def choice(*values: object) -> dict[str, object]:
    return {"type": "choice", "values": list(values)}


def asked(space: dict[str, object], n: int) -> list[object]:
    checked = SPACE.validate_python(space)
    return [GridSampling().propose(checked, HISTORY, number, 0) for number in range(n)]


def test_every_combination_comes_once_the_first_name_varying_slowest():
    assert asked({"a": choice(1, 2), "b": choice("x", "y", "z")}, 7) == [
        {"a": 1, "b": "x"},
        {"a": 1, "b": "y"},
        {"a": 1, "b": "z"},
        {"a": 2, "b": "x"},
        {"a": 2, "b": "y"},
        {"a": 2, "b": "z"},
        None,
    ]


def test_branches_come_in_order_with_their_index_their_literals_and_their_own_combinations():
    space = {
        "model": choice({"kind": "tree", "depth": choice(2, 4)}, {"kind": "line"}),
        "c": choice(0, 1),
    }
    assert asked(space, 7) == [
        {"model": 0, "kind": "tree", "depth": 2, "c": 0},
        {"model": 0, "kind": "tree", "depth": 2, "c": 1},
        {"model": 0, "kind": "tree", "depth": 4, "c": 0},
        {"model": 0, "kind": "tree", "depth": 4, "c": 1},
        {"model": 1, "kind": "line", "c": 0},
        {"model": 1, "kind": "line", "c": 1},
        None,
    ]


def test_a_repeated_value_counts_once():
    assert asked({"a": choice(1, 1, 2)}, 3) == [{"a": 1}, {"a": 2}, None]


def test_values_that_python_takes_for_equal_are_different():
    asks = asked({"a": choice(1, True, 1.0, "1")}, 5)
    assert [repr(ask["a"]) for ask in asks[:4]] == ["1", "True", "1.0", "'1'"]
    assert asks[4] is None


def test_a_trial_of_a_huge_grid_costs_nothing():
    space = SPACE.validate_python({f"x{i}": choice(*range(10)) for i in range(30)})
    ask = GridSampling().propose(space, HISTORY, 123, 0)
    assert list(ask.values())[-4:] == [0, 1, 2, 3]


def test_what_other_constraints_allowed_before_does_not_matter():
    space = SPACE.validate_python({"a": choice(*range(6))})
    history = History(Objective(primary_metric="loss", goal="minimize"))

    def asked_of(remainder):
        return [
            GridSampling().propose(space, history, number, 0, lambda drawn: drawn["a"] % 2 == remainder)
            for number in range(4)
        ]

    assert asked_of(0) == [{"a": 0}, {"a": 2}, {"a": 4}, None]
    assert asked_of(1) == [{"a": 1}, {"a": 3}, {"a": 5}, None]


def test_what_was_asked_of_a_space_that_python_takes_for_equal_does_not_matter():
    history = History(Objective(primary_metric="loss", goal="minimize"))
    numbers, booleans = (SPACE.validate_python({"a": choice(*values)}) for values in ((0, 1), (False, True)))

    def is_boolean(drawn):
        return type(drawn["a"]) is bool

    assert GridSampling().propose(numbers, history, 0, 0, is_boolean) is None
    assert GridSampling().propose(booleans, history, 0, 0, is_boolean) == {"a": False}


def test_a_name_in_any_letter_case_is_a_grid():
    assert TypeAdapter(SamplingAlgorithm).validate_python("Grid") == GridSampling()


def test_a_grid_has_no_seed():
    assert GridSampling().seed is None


@pytest.mark.parametrize(
    "expression",
    [
        {"type": "randint", "upper": 3},
        {"type": "uniform", "min_value": 0, "max_value": 1},
        {"type": "quniform", "min_value": 0, "max_value": 1, "q": 0.5},
    ],
)
def test_anything_but_choice_is_a_problem_that_names_the_parameter(expression):
    space = SPACE.validate_python({"a": choice(1), "b": expression, "c": choice({"d": expression}, {})})
    hint = "; write lower: 0 to try each whole number" if expression["type"] == "randint" else ""
    message = f"grid sampling takes choice only, got {expression['type']}{hint}"
    assert GridSampling().check(space) == [
        ("search_space.b", message),
        ("search_space.c.values.0.d", message),
    ]


def test_choices_alone_are_no_problem():
    assert GridSampling().check(SPACE.validate_python({"a": choice({"b": choice(1, 2)}, {})})) == []
