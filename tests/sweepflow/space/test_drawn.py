import pytest

from recorded import SPACE, spec_of, trial
from sweepflow.space.drawn import parameters_of


def parameter(expression, *values):
    """What is known of `x`, drawn from the expression with these values."""
    rows = [trial(number, parameters={"x": value}) for number, value in enumerate(values)]
    [found] = parameters_of(spec_of({"x": expression}).search_space, rows)
    return found


def choice(*values):
    return {"type": "choice", "values": list(values)}


LOG = {"type": "loguniform", "min_value": -2, "max_value": 2}


@pytest.mark.parametrize(
    ("expression", "values", "is_category"),
    [
        ({"type": "uniform", "min_value": 0, "max_value": 1}, [0.25], False),
        ({"type": "randint", "upper": 5}, [3], False),
        (choice(1, 2, 3), [1, 3], True),
        (choice(*range(12)), [1], True),
        (choice(*range(13)), [1], False),
        (choice(1, None), [1], True),
        (choice(True, False), [True], True),
        (choice("a", 2), [2, "a"], True),
    ],
)
def test_few_listed_values_are_categories_and_so_is_all_that_is_no_number(expression, values, is_category):
    assert parameter(expression, *values).is_category is is_category


@pytest.mark.parametrize(
    ("expression", "values", "is_log"),
    [
        (LOG, [0.5, 1.0], True),
        ({"type": "qlognormal", "mu": 0, "sigma": 1, "q": 1}, [0, 1], False),
        ({"type": "uniform", "min_value": 0, "max_value": 1}, [0.5], False),
    ],
)
def test_a_log_axis_is_for_what_is_drawn_by_its_logarithm_and_above_zero(expression, values, is_log):
    assert parameter(expression, *values).is_log is is_log


def test_options_are_numbers_by_size_or_else_as_listed():
    assert parameter(choice(400, 100, 200), 400).options == (100, 200, 400)
    assert parameter(choice("b", None, "a"), "b").options == ("b", None, "a")
    assert parameter(choice(1, "1", True), 1).options == (1, "1", True)


def test_parameters_of_branches_are_known_where_they_were_drawn():
    rows = [
        trial(0, parameters={"lr": 0.1, "model": 0, "name": "svm", "C": 2.0}),
        trial(1, parameters={"lr": 0.2, "model": 1, "name": "forest", "trees": 10}),
    ]
    found = {each.name: dict(each.drawn) for each in parameters_of(spec_of(SPACE).search_space, rows)}
    assert list(found) == ["lr", "depth", "kind", "model", "C", "trees", "name"]
    assert found["C"] == {0: 2.0}
    assert found["trees"] == {1: 10}
    assert found["depth"] == {}
    assert found["name"] == {0: "svm", 1: "forest"}
