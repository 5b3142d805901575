"""Tests that every early termination policy must pass: subclass PolicyTests in a test file."""

import itertools
import pickle
import random
from collections.abc import Sequence
from itertools import filterfalse
from typing import Annotated, Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from sweepflow.fields.union import ByType
from sweepflow.termination import Decision, EarlyTermination, Policy
from sweepflow.trials.history import History
from sweepflow.trials.objective import MeanObjective, Objective
from sweepflow.trials.state import TrialState

_INTERVALS = range(1, 10)
_N_TRIALS = 18
_GOALS: tuple[Any, ...] = ("maximize", "minimize")
_CURVES = st.lists(st.lists(st.floats(-10, 10), min_size=1, max_size=6), min_size=1, max_size=8)
_with_fixtures = settings(
    deadline=None,
    # The fixtures are frozen values, the same for every example and in every subclass.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)


class PolicyTests:
    """The tests; they need a fixture `policy` that gives a policy which acts within nine intervals."""

    @pytest.fixture(params=itertools.product(_GOALS, (False, True)), ids=str)
    def objective(self, request: pytest.FixtureRequest, policy: Policy) -> Objective:
        """The objective of the trials: each test runs with both goals, with folds and, if it can, without."""
        goal, has_folds = request.param
        if has_folds or policy.needs_folds:
            return MeanObjective(primary_metric="score", goal=goal, folds=max(_INTERVALS))
        return Objective(primary_metric="score", goal=goal)

    @pytest.fixture
    def union(self, policy: Policy) -> TypeAdapter[Policy]:
        """The policies that a spec can name, this one among them."""
        members: Any = get_args(EarlyTermination)[0] | type(policy)
        return TypeAdapter(Annotated[members, ByType()])

    def test_a_policy_survives_json_and_pickle(self, policy: Policy, union: TypeAdapter[Policy]) -> None:
        assert union.validate_json(union.dump_json(policy)) == policy
        assert union.validate_python(policy.model_dump(mode="json")) == policy
        assert pickle.loads(pickle.dumps(policy)) == policy

    def test_a_policy_is_frozen_and_known_by_its_type_in_any_letter_case(
        self, policy: Policy, union: TypeAdapter[Policy]
    ) -> None:
        assert union.validate_python({**policy.model_dump(), "type": policy.type.upper()}) == policy
        with pytest.raises(ValueError, match="frozen"):
            policy.type = "other"  # type: ignore[misc]

    def test_a_policy_with_an_unknown_field_is_refused(
        self, policy: Policy, union: TypeAdapter[Policy]
    ) -> None:
        with pytest.raises(ValidationError, match="slak"):
            union.validate_python({**policy.model_dump(exclude_none=True), "slak": 1})

    def test_every_field_but_the_type_has_a_description_for_the_form(self, policy: Policy) -> None:
        fields = type(policy).model_fields.items()
        assert [name for name, field in fields if not field.description and name != "type"] == []

    def test_hopeless_trials_are_stopped_and_the_best_one_never(
        self, policy: Policy, objective: Objective
    ) -> None:
        scores = [100.0 * number for number in range(_N_TRIALS)]
        stopped: set[int] = set()
        for n in _INTERVALS:
            curves = [[objective.value(score * (interval + 1)) for interval in range(n)] for score in scores]
            for completed in (None, _N_TRIALS - 1):
                decisions = _decisions(policy, curves, objective, completed=completed)
                stopped |= {number for number, decision in enumerate(decisions) if decision.stop}
        assert {0, 1, 2} <= stopped
        assert _N_TRIALS - 1 not in stopped

    @pytest.mark.parametrize("value", [0.0, 0.1, 0.8, -0.8, 1e300])
    def test_trials_that_are_all_alike_go_on(
        self, policy: Policy, objective: Objective, value: float
    ) -> None:
        for n in _INTERVALS:
            for completed in (None, 0):
                decisions = _decisions(policy, [[value] * n] * _N_TRIALS, objective, completed=completed)
                assert not any(decision.stop for decision in decisions)

    @pytest.mark.parametrize("curve", [[0.8] * 9, [0.1, 0.9, 0.2, 0.1, 0.9, 0.3, 0.2, 0.1, 0.7]], ids=str)
    def test_a_lone_trial_is_not_stopped(
        self, policy: Policy, objective: Objective, curve: list[float]
    ) -> None:
        assert not any(_decisions(policy, [curve[:n]], objective)[0].stop for n in _INTERVALS)

    def test_none_of_fewer_trials_than_it_says_is_stopped(self, policy: Policy, objective: Objective) -> None:
        for n_trials in range(1, policy.fewest_trials):
            for n in _INTERVALS:
                curves = [[objective.value(100.0 * number)] * n for number in range(n_trials)]
                assert not any(decision.stop for decision in _decisions(policy, curves, objective))

    def test_trials_that_failed_stop_nobody(self, policy: Policy, objective: Objective) -> None:
        for n in _INTERVALS:
            good, bad = [objective.value(9.0)] * n, [objective.value(1.0)] * n
            history = _history_of([good, good, good, good, good, good, bad], objective)
            for number in range(6):
                history.move(number, TrialState.FAILED)
            assert not policy.decide(history, history[6], objective).stop

    def test_a_policy_acts_only_where_it_says_that_it_applies(
        self, policy: Policy, objective: Objective
    ) -> None:
        scores = [objective.value(100.0 * number) for number in range(_N_TRIALS)]
        for n in filterfalse(policy.applies_at, _INTERVALS):
            level = [[score] * n for score in scores]
            apart = [[score * (interval + 1) for interval in range(n)] for score in scores]
            for curves in (level, apart):
                assert not any(decision.stop for decision in _decisions(policy, curves, objective))

    @_with_fixtures
    @given(curves=_CURVES)
    def test_only_a_stop_has_a_reason_and_deciding_changes_nothing(
        self, policy: Policy, objective: Objective, curves: list[list[float]]
    ) -> None:
        history = _history_of(curves, objective)
        before = pickle.dumps(history)
        first = [policy.decide(history, trial, objective) for trial in history]
        assert pickle.dumps(history) == before
        assert [policy.decide(history, trial, objective) for trial in history] == first
        assert all(bool(decision.reason) is decision.stop for decision in first)

    @_with_fixtures
    @given(curves=_CURVES, draws=st.randoms())
    def test_decisions_do_not_depend_on_the_order_of_the_trials(
        self, policy: Policy, objective: Objective, curves: list[list[float]], draws: random.Random
    ) -> None:
        order = draws.sample(range(len(curves)), len(curves))
        assert _decisions(policy, curves, objective, order) == _decisions(policy, curves, objective)


def _history_of(
    curves: Sequence[Sequence[float]], objective: Objective, order: Sequence[int] | None = None
) -> History:
    """A history in which these trials run, added in this order (None: in that of their numbers)."""
    history = History(objective)
    for number in order or range(len(curves)):
        history.add(number, {})
        history.move(number, TrialState.RUNNING)
        for value in curves[number]:
            history.record(number, value)
    return history


def _decisions(
    policy: Policy,
    curves: Sequence[Sequence[float]],
    objective: Objective,
    order: Sequence[int] | None = None,
    completed: int | None = None,
) -> list[Decision]:
    """The decision on each trial at its last report, while all others run but the one that has completed."""
    history = _history_of(curves, objective, order)
    if completed is not None:
        history.move(completed, TrialState.COMPLETED)
    return [policy.decide(history, history[number], objective) for number in range(len(curves))]
