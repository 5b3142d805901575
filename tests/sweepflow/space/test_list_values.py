import json

import numpy as np
import pytest
from pydantic import TypeAdapter

from sweepflow.errors import ConstraintError
from sweepflow.sampling import BayesianSampling, GridSampling, RandomSampling
from sweepflow.space.baseline import as_drawn, misfits
from sweepflow.space.combinations import combinations, n_combinations
from sweepflow.space.constraints import Constraint
from sweepflow.space.search_space import SearchSpace, locate, realize
from sweepflow.trials.history import History
from sweepflow.trials.objective import Objective
from sweepflow.trials.parameters import configuration_key
from sweepflow.trials.state import TrialState

SPACE = TypeAdapter(SearchSpace)
WEIGHTS = [None, "balanced", {"no": 1, "yes": 5}, {1: 2.5}]


def choice(*values, **fields):
    return {"type": "choice", "values": list(values), **fields}


def space(**expressions):
    return SPACE.validate_python(expressions)


def drawn(sampler, search_space, n):
    """The configurations of up to n trials that have ended, each better than the one before."""
    history = History(Objective(primary_metric="auc", goal="maximize"))
    for number in range(n):
        parameters = sampler.propose(search_space, history, number, 3)
        if parameters is None:
            break
        history.add(number, parameters)
        history.record(number, float(number))
        history.move(number, TrialState.COMPLETED)
    return [trial.parameters for trial in history]


def test_lists_of_any_depth_are_values():
    layers = space(layers=choice([100, 50], (20,), np.array([1, 2]), [[1, None], ["a"]]))["layers"]
    assert layers.options == ([100, 50], [20], [1, 2], [[1, None], ["a"]])
    assert [layers.quantile(layers.coordinate(value)) for value in layers.options] == list(layers.options)
    assert layers.coordinate([50, 100]) is None


def test_lists_that_python_takes_for_equal_differ_and_one_that_is_listed_twice_weighs_twice():
    lists = space(a=choice([1], [True], [1.0], ["1"], [1]))["a"]
    assert lists.n_values == 4
    assert [json.dumps(option) for option in lists.options] == ["[1]", "[true]", "[1.0]", '["1"]']
    assert [lists.quantile(u) for u in (0.1, 0.9)] == [[1], [1]]


def test_mappings_are_branches_unless_the_choice_is_literal():
    weights = space(w=choice(*WEIGHTS, literal=True))
    assert not weights["w"].branches
    assert weights["w"].options == (None, "balanced", {"no": 1, "yes": 5}, {"1": 2.5})
    assert [each["w"] for each in combinations(weights)] == list(weights["w"].options)
    branches = space(w=choice({"no": 1, "yes": 5}))
    assert realize(branches, {"w": 0.5}) == {"w": 0, "no": 1, "yes": 5}


def test_a_space_with_lists_and_mappings_survives_json_as_it_was_written():
    written = {
        "w": choice(None, {"b": 1, "a": [2]}, literal=True),
        "n": {"type": "randint", "lower": 3, "upper": 5},
        "m": {"type": "randint", "upper": 5},
        "s": choice([1], {"x": 2}, literal=True),
        "branch": choice({"layers": [1, 2]}, {}),
    }
    again = json.loads(SPACE.dump_json(SPACE.validate_python(written)))
    assert again == written
    assert SPACE.validate_python(again) == SPACE.validate_python(written)


def test_the_order_of_names_makes_no_other_value():
    one, other = {"a": 1, "b": 2}, {"b": 2, "a": 1}
    twice = space(w=choice(one, other, literal=True))
    assert n_combinations(twice) == 1
    assert locate(twice, {"w": other}) is not None
    assert misfits(twice, {"w": other}) == []
    assert configuration_key({"w": one}) == configuration_key({"w": other})
    assert as_drawn(twice, {"w": other}) == {"w": one}


@pytest.mark.parametrize("sampler", [GridSampling(), RandomSampling(), RandomSampling(rule="sobol")])
def test_a_finite_space_of_lists_mappings_and_whole_numbers_is_exhausted_without_a_repetition(sampler):
    finite = space(
        layers=choice([100, 50], [20], None),
        weights=choice(*WEIGHTS, literal=True),
        n={"type": "randint", "lower": 3, "upper": 5},
    )
    found = drawn(sampler, finite, 30)
    assert len(found) == len({configuration_key(each) for each in found}) == 24
    assert {each["n"] for each in found} == {3, 4}


@pytest.mark.parametrize("model", ["tpe", "gp"])
def test_bayesian_sampling_learns_from_lists_and_exhausts_them(model):
    finite = space(layers=choice([1], [2], [1, 2]), n={"type": "randint", "lower": -1, "upper": 4})
    sampler = BayesianSampling(model=model, startup_trials=3)
    found = drawn(sampler, finite, 20)
    assert len({configuration_key(each) for each in found}) == len(found) == 15


def test_a_randint_lies_between_its_bounds_all_alike():
    numbers = space(n={"type": "randint", "lower": 3, "upper": 12})["n"]
    assert [numbers.quantile((i + 0.5) / 9) for i in range(9)] == list(range(3, 12))
    assert (numbers.ends, numbers.n_values, numbers.value_at(0)) == ((3, 11), 9, 3)
    assert [numbers.quantile(numbers.coordinate(value)) for value in range(3, 12)] == list(range(3, 12))
    assert [numbers.coordinate(value) for value in (2, 12, 3.0, True, [3])] == [None] * 5


def test_a_baseline_outside_a_randint_is_told_its_bounds():
    [problem] = misfits(space(n={"type": "randint", "lower": 3, "upper": 12}), {"n": 12})
    assert tuple(problem) == ("baseline.n", "must be a whole number from 3 to 11, got 12")


@pytest.mark.parametrize(
    ("text", "value", "holds"),
    [
        ("layers == [100, 50]", [100, 50], True),
        ("layers != [100, 50]", [20], True),
        ("layers in [[20], [30]]", [100, 50], False),
        ("layers == [20] or n > 2", [100, 50], False),
        ("20 in layers", [20, 3], True),
    ],
)
def test_a_constraint_may_speak_of_a_list(text, value, holds):
    assert Constraint(text).holds({"layers": value, "n": 1}) is holds


def test_a_list_is_no_number_in_a_constraint():
    with pytest.raises(ConstraintError, match=r"'layers \* 2 > 1' cannot be decided .* is \[1\], no number"):
        Constraint("layers * 2 > 1").holds({"layers": [1]})
