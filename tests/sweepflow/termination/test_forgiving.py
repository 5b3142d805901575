import pytest

from curves import history_of
from sweepflow.termination import ForgivingFoldsPolicy
from sweepflow.trials.objective import MeanObjective
from sweepflow.trials.state import TrialState

MAXIMIZE = MeanObjective(primary_metric="auc", goal="maximize", folds=3)
MINIMIZE = MeanObjective(primary_metric="loss", goal="minimize", folds=3)
POLICY = ForgivingFoldsPolicy()

# Folds .9, .6, .9 and, of one that is worse in all, .7, .7, .7: the leader's worst fold is .6, its mean .8.
LEADER, OTHER = [0.9, 0.75, 0.8], [0.7, 0.7, 0.7]


def decide(means, *completed, objective=MAXIMIZE, state=TrialState.COMPLETED):
    history = history_of(means, *completed, objective=objective)
    for number in range(1, len(completed) + 1):
        history.move(number, state)
    return POLICY.decide(history, history[0], objective)


@pytest.mark.parametrize(
    ("means", "is_stopped"),
    [([0.61], False), ([0.6], True), ([0.59], True), ([0.9, 0.61], False), ([0.9, 0.6], True), ([0.0], True)],
)
def test_a_trial_goes_on_while_its_mean_is_better_than_the_leaders_worst_fold(means, is_stopped):
    assert decide(means, LEADER, OTHER).stop is is_stopped
    mirrored = [[-mean for mean in each] for each in (means, LEADER, OTHER)]
    assert decide(*mirrored, objective=MINIMIZE).stop is is_stopped


def test_it_is_the_leaders_worst_fold_and_not_the_worst_of_all():
    assert not decide([0.55], OTHER, [0.9, 0.7, 0.8]).stop  # folds .9, .5, 1.0
    assert decide([0.55], OTHER).stop


def test_the_rounding_of_means_is_no_difference():
    thirds = [0.3, 0.2, 0.2]  # folds .3, .1, .2: recovered from the means, the second is .10000000000000003
    assert decide([0.1 * (1 + 1e-12)], thirds).stop
    assert not decide([0.1 * (1 + 1e-6)], thirds).stop
    zeros = [0.3, 0.2, 0.2 * 2 / 3]  # the last fold is a zero with rounding
    assert decide([0.0], zeros).stop
    assert not decide([1e-6], zeros).stop


def test_a_trial_as_good_as_a_leader_whose_folds_are_all_alike_goes_on():
    assert not decide([0.8], [0.8, 0.8, 0.8]).stop
    assert decide([0.8], [0.8, 0.9, 0.9]).stop


@pytest.mark.parametrize("state", [state for state in TrialState if state is not TrialState.COMPLETED])
def test_only_a_trial_that_has_completed_all_folds_leads(state):
    assert not decide([0.1], LEADER, state=state).stop


def test_a_stop_names_the_mean_the_fold_and_the_leader():
    assert decide([0.9, 0.55], OTHER, LEADER).reason == (
        "forgiving_folds: mean 0.55 after fold 2 is not better than 0.6, the worst fold of trial 2, "
        "which leads with 0.8"
    )
