"""What every member of the union must keep."""

import pickle
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from sweepflow.termination import (
    BanditPolicy,
    EarlyTermination,
    HyperbandPolicy,
    MedianStoppingPolicy,
    SuccessiveHalvingPolicy,
    TruncationSelectionPolicy,
)
from sweepflow.trials.history import History
from sweepflow.trials.objective import Objective
from sweepflow.trials.state import TrialState

UNION = TypeAdapter(EarlyTermination)
MEMBERS = get_args(get_args(EarlyTermination)[0])
POLICIES = [
    BanditPolicy(slack_factor=0.2),
    BanditPolicy(slack_amount=0.1, evaluation_interval=2, delay_evaluation=3),
    MedianStoppingPolicy(),
    MedianStoppingPolicy(evaluation_interval=2, delay_evaluation=3),
    TruncationSelectionPolicy(truncation_percentage=20),
    TruncationSelectionPolicy(truncation_percentage=40, exclude_finished_jobs=True, delay_evaluation=3),
    SuccessiveHalvingPolicy(),
    SuccessiveHalvingPolicy(min_intervals=2, reduction_factor=2, max_intervals=4),
    HyperbandPolicy(),
    HyperbandPolicy(brackets=2, reduction_factor=2),
]
OBJECTIVES = [Objective(primary_metric="score", goal=goal) for goal in ("maximize", "minimize")]
INTERVALS = range(1, 10)
N_TRIALS = 18
CURVES = st.lists(st.lists(st.floats(-10, 10), min_size=1, max_size=6), min_size=1, max_size=8)

each_policy = pytest.mark.parametrize("policy", POLICIES, ids=repr)
each_objective = pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda objective: objective.goal)


def history_of(curves, objective, order=None):
    """A history in which all these trials run, added in that order."""
    history = History(objective)
    for number in order or range(len(curves)):
        history.add(number, {})
        history.move(number, TrialState.RUNNING)
        for value in curves[number]:
            history.record(number, value)
    return history


def decisions(policy, curves, objective, order=None):
    history = history_of(curves, objective, order)
    return [policy.decide(history, history[number], objective) for number in range(len(curves))]


def test_every_member_is_tried():
    assert {type(policy) for policy in POLICIES} == set(MEMBERS)


@each_policy
def test_a_policy_survives_json_and_pickle(policy):
    assert UNION.validate_json(UNION.dump_json(policy)) == policy
    assert UNION.validate_python(policy.model_dump(mode="json")) == policy
    assert pickle.loads(pickle.dumps(policy)) == policy


@each_policy
def test_a_policy_is_frozen_and_known_by_its_type_in_any_letter_case(policy):
    assert UNION.validate_python({**policy.model_dump(), "type": policy.type.upper()}) == policy
    with pytest.raises(ValueError, match="frozen"):
        policy.type = "other"


@each_policy
def test_a_policy_with_an_unknown_field_is_refused(policy):
    with pytest.raises(ValidationError, match="slak"):
        UNION.validate_python({**policy.model_dump(exclude_none=True), "slak": 1})


@pytest.mark.parametrize("member", MEMBERS)
def test_every_field_but_the_type_has_a_description_for_the_form(member):
    fields = member.model_fields.items()
    assert [name for name, field in fields if not field.description and name != "type"] == []


@each_policy
@each_objective
def test_hopeless_trials_are_stopped_and_the_best_one_never(policy, objective):
    scores = [100.0 * number for number in range(N_TRIALS)]
    stopped = set()
    for n in INTERVALS:
        curves = [[objective.value(score)] * n for score in scores]
        stopped |= {k for k, decision in enumerate(decisions(policy, curves, objective)) if decision.stop}
    assert {0, 1, 2} <= stopped
    assert N_TRIALS - 1 not in stopped


@each_policy
@each_objective
@pytest.mark.parametrize("value", [0.0, 0.1, 0.8, -0.8, 1e300])
def test_trials_that_are_all_alike_go_on(policy, objective, value):
    for n in INTERVALS:
        found = decisions(policy, [[value] * n] * N_TRIALS, objective)
        assert not any(decision.stop for decision in found)


@each_policy
@each_objective
@pytest.mark.parametrize("curve", [[0.8] * 9, [0.1, 0.9, 0.2, 0.1, 0.9, 0.3, 0.2, 0.1, 0.7]], ids=str)
def test_a_lone_trial_is_not_stopped(policy, objective, curve):
    assert not any(decisions(policy, [curve[:n]], objective)[0].stop for n in INTERVALS)


@each_policy
@each_objective
def test_trials_that_failed_stop_nobody(policy, objective):
    for n in INTERVALS:
        good, bad = [objective.value(9.0)] * n, [objective.value(1.0)] * n
        history = history_of([good, good, good, good, good, good, bad], objective)
        for number in range(6):
            history.move(number, TrialState.FAILED)
        assert not policy.decide(history, history[6], objective).stop


@each_policy
@each_objective
def test_a_policy_acts_only_where_it_says_that_it_applies(policy, objective):
    for n in INTERVALS:
        curves = [[objective.value(100.0 * number)] * n for number in range(N_TRIALS)]
        has_stopped = any(decision.stop for decision in decisions(policy, curves, objective))
        assert has_stopped is policy.applies_at(n)


@each_policy
@each_objective
@given(CURVES)
def test_only_a_stop_has_a_reason_and_deciding_changes_nothing(policy, objective, curves):
    history = history_of(curves, objective)
    before = pickle.dumps(history)
    first = [policy.decide(history, trial, objective) for trial in history]
    assert pickle.dumps(history) == before
    assert [policy.decide(history, trial, objective) for trial in history] == first
    assert all(bool(decision.reason) is decision.stop for decision in first)


@each_policy
@each_objective
@given(CURVES, st.randoms())
def test_decisions_do_not_depend_on_the_order_of_the_trials(policy, objective, curves, draws):
    order = draws.sample(range(len(curves)), len(curves))
    assert decisions(policy, curves, objective, order) == decisions(policy, curves, objective)
