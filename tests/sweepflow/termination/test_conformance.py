"""Every member of the union keeps what the shipped tests ask of an early termination policy."""

from typing import get_args

import pytest

from curves import history_of
from sweepflow.termination import (
    BanditPolicy,
    EarlyTermination,
    HyperbandPolicy,
    MedianStoppingPolicy,
    SuccessiveHalvingPolicy,
    TruncationSelectionPolicy,
)
from sweepflow.testing.policies import PolicyTests
from sweepflow.trials.objective import Objective

MEMBERS = get_args(get_args(EarlyTermination)[0])
SET = [
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
# A member that is not listed is tried as it is by default; one that has no default must be listed.
POLICIES = [*SET, *(member() for member in MEMBERS if member not in set(map(type, SET)))]

N_TRIALS = 18
INTERVALS = range(1, 10)


def stopped_of_level_curves(policy, goal, n):
    """Which trials stop at interval n if each reports one value all along, later trials better ones."""
    objective = Objective(primary_metric="score", goal=goal)
    values = [objective.value(100.0 * number) for number in range(N_TRIALS)]
    history = history_of(*([value] * n for value in values), objective=objective)
    return {trial.number for trial in history if policy.decide(history, trial, objective).stop}


def test_every_member_is_tried():
    assert {type(policy) for policy in POLICIES} == set(MEMBERS)


class TestPolicies(PolicyTests):
    @pytest.fixture(params=POLICIES, ids=repr)
    def policy(self, request):
        return request.param


# A policy may leave trials alone whose curves stay level, by what it looks at: ours stop the worst of them.
each_of_ours = pytest.mark.parametrize("policy", SET, ids=repr)
each_goal = pytest.mark.parametrize("goal", ["maximize", "minimize"])


@each_goal
@each_of_ours
def test_of_level_curves_one_is_stopped_wherever_the_policy_applies(policy, goal):
    for n in INTERVALS:
        assert bool(stopped_of_level_curves(policy, goal, n)) is policy.applies_at(n)


@each_goal
@each_of_ours
def test_of_level_curves_the_hopeless_ones_are_stopped_and_the_best_one_never(policy, goal):
    stopped = set().union(*(stopped_of_level_curves(policy, goal, n) for n in INTERVALS))
    assert {0, 1, 2} <= stopped
    assert N_TRIALS - 1 not in stopped
