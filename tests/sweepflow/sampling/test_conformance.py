"""What every member of the union must keep."""

import json
import pickle
from typing import get_args

import pytest
from pydantic import TypeAdapter

from sweepflow.sampling import SamplingAlgorithm
from sweepflow.space.combinations import n_combinations
from sweepflow.space.search_space import SearchSpace
from sweepflow.trials.history import History
from sweepflow.trials.objective import Objective
from sweepflow.trials.parameters import configuration_key
from sweepflow.trials.state import TrialState

UNION = TypeAdapter(SamplingAlgorithm)
MEMBERS = get_args(get_args(SamplingAlgorithm)[0])
DEEPEST = {"type": "choice", "values": [{"d": {"type": "choice", "values": ["x", "y", "z"]}}, {"f": 1}]}
SPACES = [
    TypeAdapter(SearchSpace).validate_python(space)
    for space in (
        {
            "lr": {"type": "loguniform", "min_value": -6, "max_value": -1},
            "alpha": {"type": "loguniform", "low": 0.0001, "high": 0.1},
            "n": {"type": "quniform", "min_value": 1, "max_value": 100, "q": 1},
            "model": {
                "type": "choice",
                "values": [{"depth": {"type": "randint", "upper": 9}, "kind": "tree"}, {"kind": "line"}],
            },
        },
        {
            "c": {"type": "choice", "values": [1, True, 1.0, "1", None]},
            "model": {"type": "choice", "values": [{"depth": {"type": "choice", "values": [2, 4]}}, {}]},
        },
        {
            "a": {
                "type": "choice",
                "values": [{"b": {"type": "choice", "values": [{"c": DEEPEST}, {}]}}, {}],
            },
            "e": {"type": "choice", "values": [0, 1]},
        },
    )
]
CASES = [
    pytest.param(
        member(),
        space,
        id=f"{member.__name__}-{'infinite' if n_combinations(space) is None else n_combinations(space)}",
    )
    for member in MEMBERS
    for space in SPACES
    if not member().check(space)
]


def run(algorithm, space, n, seed):
    """The parameters of up to n trials, of which a third fail."""
    history = History(Objective(primary_metric="loss", goal="minimize"))
    for number in range(n):
        parameters = algorithm.propose(space, history, number, seed)
        if parameters is None:
            break
        history.add(number, parameters)
        if number % 3:
            history.record(number, float(len(configuration_key(parameters)) + number % 7))
        history.move(number, TrialState.COMPLETED if number % 3 else TrialState.FAILED)
    return [trial.parameters for trial in history]


def test_every_member_takes_one_of_the_spaces():
    assert {type(case.values[0]) for case in CASES} == set(MEMBERS)


@pytest.mark.parametrize(("algorithm", "space"), CASES)
def test_a_sweep_is_reproducible_from_its_seed(algorithm, space):
    keys = [configuration_key(parameters) for parameters in run(algorithm, space, 30, seed=3)]
    assert keys == [configuration_key(parameters) for parameters in run(algorithm, space, 30, seed=3)]


@pytest.mark.parametrize(("algorithm", "space"), CASES)
def test_parameters_are_plain_values_that_survive_json(algorithm, space):
    for parameters in run(algorithm, space, 30, seed=1):
        assert {type(value) for value in parameters.values()} <= {bool, int, float, str, type(None)}
        again = json.loads(json.dumps(parameters, allow_nan=False))
        assert configuration_key(again) == configuration_key(parameters)


@pytest.mark.parametrize(("algorithm", "space"), CASES)
def test_a_finite_space_is_exhausted_without_a_repetition(algorithm, space):
    n = n_combinations(space)
    if n is not None:
        drawn = run(algorithm, space, n + 5, seed=2)
        assert len({configuration_key(parameters) for parameters in drawn}) == len(drawn) == n


@pytest.mark.parametrize(("algorithm", "space"), CASES)
def test_trials_asked_in_any_order_from_the_same_history_are_the_same(algorithm, space):
    history = History(Objective(primary_metric="loss", goal="minimize"))
    numbers = range(10)
    forth = [algorithm.propose(space, history, number, 5) for number in numbers]
    back = [algorithm.propose(space, history, number, 5) for number in reversed(numbers)]
    assert back[::-1] == forth


@pytest.mark.parametrize("member", MEMBERS)
def test_a_member_survives_json_and_pickle(member):
    algorithm = member()
    assert UNION.validate_json(UNION.dump_json(algorithm)) == algorithm
    assert UNION.validate_python(algorithm.model_dump(mode="json")) == algorithm
    assert pickle.loads(pickle.dumps(algorithm)) == algorithm


@pytest.mark.parametrize("member", MEMBERS)
def test_a_member_is_frozen_and_known_by_its_type_in_any_letter_case(member):
    algorithm = member()
    assert UNION.validate_python(algorithm.type.upper()) == algorithm
    with pytest.raises(ValueError, match="frozen"):
        algorithm.type = "other"


@pytest.mark.parametrize("member", MEMBERS)
def test_every_field_has_a_description_for_the_form(member):
    assert all(field.description for field in member.model_fields.values())


@pytest.mark.parametrize("member", MEMBERS)
def test_a_member_says_its_seed(member):
    assert member().seed is None
