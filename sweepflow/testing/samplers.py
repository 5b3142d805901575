"""Tests that every sampling algorithm must pass: subclass SamplerTests in a test file."""

import json
import pickle
from collections.abc import Callable, Iterator
from typing import Annotated, Any, get_args

import pytest
from pydantic import TypeAdapter

from sweepflow.errors import ConstraintError
from sweepflow.fields.union import ByType
from sweepflow.sampling import Algorithm, SamplingAlgorithm
from sweepflow.space.combinations import n_combinations
from sweepflow.space.constraints import Allows, anything
from sweepflow.space.search_space import SearchSpace
from sweepflow.trials.history import History
from sweepflow.trials.objective import Objective
from sweepflow.trials.parameters import Parameters, configuration_key
from sweepflow.trials.state import TrialState

_OBJECTIVE = Objective(primary_metric="loss", goal="minimize")
_DEEPEST = {"type": "choice", "values": [{"d": {"type": "choice", "values": ["x", "y", "z"]}}, {"f": 1}]}
_SPACES: list[SearchSpace] = [
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
            "c": {"type": "choice", "values": [1, True, 1.0, "1", None, [1, None]]},
            "model": {"type": "choice", "values": [{"depth": {"type": "choice", "values": [2, 4]}}, {}]},
        },
        {
            "a": {
                "type": "choice",
                "values": [{"b": {"type": "choice", "values": [{"c": _DEEPEST}, {}]}}, {}],
            },
            "e": {"type": "choice", "values": [0, 1]},
        },
    )
]

_INTERVAL: SearchSpace = TypeAdapter(SearchSpace).validate_python(
    {"x": {"type": "uniform", "min_value": 0, "max_value": 1}}
)


def _id(space: SearchSpace) -> str:
    return str(n_combinations(space) or "infinite")


class SamplerTests:
    """The tests; they need a fixture `sampler` that gives the algorithm.

    They run on three search spaces, and are skipped on those that the algorithm's `check` refuses; override
    the fixture `space` for an algorithm that takes none of them.
    """

    @pytest.fixture(params=_SPACES, ids=_id)
    def space(self, sampler: Algorithm, request: pytest.FixtureRequest) -> SearchSpace:
        """A space to sample from: with ranges, with values that Python takes for equal, or deeply nested."""
        space: SearchSpace = request.param
        for problem in sampler.check(space):
            pytest.skip(f"{sampler.type} does not take this space: {problem.message}")
        return space

    @pytest.fixture
    def union(self, sampler: Algorithm) -> TypeAdapter[Algorithm]:
        """The algorithms that a spec can name, this one among them."""
        members: Any = get_args(SamplingAlgorithm)[0] | type(sampler)
        return TypeAdapter(Annotated[members, ByType()])

    def test_a_sampler_takes_one_of_the_spaces(self, sampler: Algorithm) -> None:
        assert any(not sampler.check(space) for space in _SPACES)

    def test_a_sweep_is_reproducible_from_its_seed(self, sampler: Algorithm, space: SearchSpace) -> None:
        first, second = (list(_keys(_swept(sampler, space, 30, seed=3))) for _ in range(2))
        assert first == second

    def test_parameters_are_plain_values_that_survive_json(
        self, sampler: Algorithm, space: SearchSpace
    ) -> None:
        for trial in _swept(sampler, space, 30, seed=1):
            plain = {bool, int, float, str, type(None), list}
            assert {type(value) for value in trial.parameters.values()} <= plain
            restored = json.loads(json.dumps(trial.parameters, allow_nan=False))
            assert configuration_key(restored) == configuration_key(trial.parameters)

    def test_a_finite_space_is_exhausted_without_a_repetition(
        self, sampler: Algorithm, space: SearchSpace
    ) -> None:
        n = n_combinations(space)
        if n is not None:
            history = _swept(sampler, space, n + 5, seed=2)
            assert len(history.configurations) == len(history) == n

    def test_trials_asked_in_any_order_from_the_same_history_are_the_same(
        self, sampler: Algorithm, space: SearchSpace
    ) -> None:
        history = History(_OBJECTIVE)
        numbers = range(10)
        forth = [sampler.propose(space, history, number, 5) for number in numbers]
        back = [sampler.propose(space, history, number, 5) for number in reversed(numbers)]
        assert back[::-1] == forth

    @pytest.mark.parametrize("parity", [0, 1])
    def test_what_is_not_allowed_is_not_proposed(
        self, sampler: Algorithm, space: SearchSpace, parity: int
    ) -> None:
        allows = _of_parity(parity)
        history = _swept(sampler, space, 20, seed=4, allows=allows)
        assert len(history) > 0
        assert all(allows(trial.parameters) for trial in history)

    def test_no_two_configurations_of_an_infinite_space_are_the_same_under_a_constraint(
        self, sampler: Algorithm
    ) -> None:
        for problem in sampler.check(_INTERVAL):
            pytest.skip(f"{sampler.type} does not take this space: {problem.message}")
        history = _swept(sampler, _INTERVAL, 12, seed=10, allows=_is_below_a_half)
        assert len(history.configurations) == len(history) == 12

    def test_what_was_asked_before_does_not_matter(self, sampler: Algorithm, space: SearchSpace) -> None:
        n_all = n_combinations(space)
        history = _swept(sampler, space, 20 if n_all is None else n_all - 4, seed=6)
        calls: list[tuple[SearchSpace, Allows]] = [
            (other_space, anything)
            for other_space in _SPACES
            if other_space != space and not sampler.check(other_space)
        ]
        calls += [(space, allows) for allows in (anything, _of_parity(0), _of_parity(1), anything)]
        for any_space, allows in calls:
            fresh = pickle.loads(pickle.dumps(history))
            assert _proposed(sampler, any_space, history, allows) == _proposed(
                sampler, any_space, fresh, allows
            )

    def test_proposing_changes_nothing(self, sampler: Algorithm, space: SearchSpace) -> None:
        history = _swept(sampler, space, 8, seed=7)
        before = pickle.dumps(history)
        sampler.propose(space, history, len(history), 7)
        assert pickle.dumps(history) == before

    def test_a_trial_may_be_asked_once_all_before_it_have_ended(
        self, sampler: Algorithm, space: SearchSpace
    ) -> None:
        for n in (0, 1, 8):
            assert sampler.is_ready(_swept(sampler, space, n, seed=8), n)

    def test_parameters_that_come_anyway_are_known_by_their_number(
        self, sampler: Algorithm, space: SearchSpace
    ) -> None:
        for trial in _swept(sampler, space, 8, seed=9):
            assert sampler.number_of(space, trial.parameters, anything) in (None, trial.number)

    def test_a_sampler_survives_json_and_pickle(
        self, sampler: Algorithm, union: TypeAdapter[Algorithm]
    ) -> None:
        assert union.validate_json(union.dump_json(sampler)) == sampler
        assert union.validate_python(sampler.model_dump(mode="json")) == sampler
        assert pickle.loads(pickle.dumps(sampler)) == sampler

    def test_a_sampler_is_frozen_and_known_by_its_type_in_any_letter_case(
        self, sampler: Algorithm, union: TypeAdapter[Algorithm]
    ) -> None:
        assert union.validate_python({**sampler.model_dump(), "type": sampler.type.upper()}) == sampler
        with pytest.raises(ValueError, match="frozen"):
            sampler.type = "other"  # type: ignore[misc]

    def test_every_field_has_a_description_for_the_form(self, sampler: Algorithm) -> None:
        assert [name for name, field in type(sampler).model_fields.items() if not field.description] == []

    def test_a_sampler_that_draws_records_the_seed_that_it_draws_from(
        self, sampler: Algorithm, space: SearchSpace
    ) -> None:
        first, second = (list(_keys(_swept(sampler, space, 8, seed))) for seed in (1, 2))
        if "seed" not in type(sampler).model_fields:
            assert sampler.settled(5, 2).seed is None  # type: ignore[attr-defined]
            assert first == second
            return
        without_seed, with_seed = (sampler.model_copy(update={"seed": seed}) for seed in (None, 3))
        assert [each.settled(5, 2).seed for each in (without_seed, with_seed)] == [5, 3]  # type: ignore[attr-defined]
        assert first != second


def _of_parity(parity: int) -> Callable[[Parameters], bool]:
    """A constraint that allows about half of all configurations."""

    def allows(parameters: Parameters) -> bool:
        return sum(configuration_key(parameters).encode()) % 2 == parity

    return allows


def _is_below_a_half(parameters: Parameters) -> bool:
    x = parameters["x"]
    return isinstance(x, float) and x < 0.5


def _swept(sampler: Algorithm, space: SearchSpace, n: int, seed: int, allows: Allows = anything) -> History:
    """The history of up to n trials that have ended, a third of them as failed."""
    history = History(_OBJECTIVE)
    for number in range(n):
        parameters = sampler.propose(space, history, number, seed, allows)
        if parameters is None:
            break
        history.add(number, parameters)
        if number % 3:
            history.record(number, float(len(configuration_key(parameters)) + number % 7))
        history.move(number, TrialState.COMPLETED if number % 3 else TrialState.FAILED)
    return history


def _keys(history: History) -> Iterator[str]:
    return (configuration_key(trial.parameters) for trial in history)


def _proposed(sampler: Algorithm, space: SearchSpace, history: History, allows: Allows) -> str | None:
    """The proposed configuration, or the error because of which there is none."""
    try:
        parameters = sampler.propose(space, history, len(history), 6, allows)
    except ConstraintError as error:
        return str(error)
    return None if parameters is None else configuration_key(parameters)
