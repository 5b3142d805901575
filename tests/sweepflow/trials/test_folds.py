import numpy as np
import pytest

from sweepflow.trials.folds import fold_values, whole_values
from sweepflow.trials.history import History
from sweepflow.trials.objective import MeanObjective, Objective
from sweepflow.trials.state import TrialState

MAXIMIZE = MeanObjective(primary_metric="auc", goal="maximize", folds=3)
MINIMIZE = MeanObjective(primary_metric="loss", goal="minimize", folds=3)
COMPLETED, TERMINATED = TrialState.COMPLETED, TrialState.TERMINATED


def ended(*trials, objective=MAXIMIZE):
    """A history of these (state, means)."""
    history = History(objective)
    for number, (state, means) in enumerate(trials):
        history.add(number, {"x": number})
        for mean in means:
            history.record(number, mean)
        history.move(number, state)
    return history


def means_of(*folds):
    return [float(mean) for mean in np.cumsum(folds) / np.arange(1, len(folds) + 1)]


@pytest.mark.parametrize("folds", [[0.5], [0.9, 0.6, 0.9], [-3.0, 1e6, 0.0, 2.5, 7.0], [0.1] * 10])
def test_the_folds_are_read_off_the_means(folds):
    assert fold_values(means_of(*folds)) == pytest.approx(folds)


def test_no_fold_has_been_seen_before_the_first_report():
    assert fold_values([]) == []


# --- who leads


@pytest.mark.parametrize("state", [TERMINATED, TrialState.TIMED_OUT, TrialState.CANCELED])
def test_a_mean_of_fewer_folds_is_not_ahead_of_one_of_all(state):
    history = ended((state, [0.99, 0.98]), (COMPLETED, means_of(0.9, 0.8, 0.7)))
    assert history.leader.number == 1


def test_of_trials_that_lack_folds_those_with_more_of_them_come_first():
    history = ended((TERMINATED, [0.99]), (TERMINATED, [0.7, 0.8]), (TERMINATED, [0.9, 0.75]))
    assert history.leader.number == 1


def test_a_trial_that_was_cut_off_after_its_last_fold_lacks_none():
    history = ended((COMPLETED, [0.7, 0.7, 0.7]), (TrialState.TIMED_OUT, [0.7, 0.7, 0.8]))
    assert history.leader.number == 1


def test_a_trial_that_is_stopped_before_its_last_fold_does_not_keep_its_model_beside_a_complete_one():
    history = ended((COMPLETED, [0.7, 0.7, 0.7]), (TrialState.RUNNING, [0.9, 0.8]))
    assert not history.would_lead(1)
    history.record(1, 0.75)
    assert history.would_lead(1)


# --- what a model learns from them


def test_a_trial_that_lacks_folds_is_worth_what_the_others_came_to_after_the_same_ones():
    # After their first fold the complete ones lost .2 and .1 on average, after the second .05 and .05.
    complete = [(COMPLETED, [0.9, 0.75, 0.7]), (COMPLETED, [0.8, 0.75, 0.7])]
    history = ended(*complete, (TERMINATED, [0.7]), (TERMINATED, [0.7, 0.6]))
    assert whole_values(list(history), history.objective) == pytest.approx([0.7, 0.7, 0.55, 0.55])


@pytest.mark.parametrize(("objective", "sign"), [(MAXIMIZE, 1), (MINIMIZE, -1)])
def test_it_is_never_expected_to_be_better_than_the_best_complete_one(objective, sign):
    trials = [(COMPLETED, [0.5, 0.6, 0.7]), (TERMINATED, [0.9])]
    history = ended(
        *((state, [sign * mean for mean in means]) for state, means in trials), objective=objective
    )
    assert whole_values(list(history), objective) == [sign * 0.7, sign * 0.7]


def test_nothing_is_expected_where_no_trial_is_complete_or_there_are_no_folds():
    history = ended((TERMINATED, [0.7]), (TERMINATED, [0.9, 0.6]))
    assert whole_values(list(history), MAXIMIZE) == [0.7, 0.6]
    plain = Objective(primary_metric="auc", goal="maximize")
    history = ended((COMPLETED, [0.5, 0.7, 0.6]), (TERMINATED, [0.9]), objective=plain)
    assert whole_values(list(history), plain) == [0.7, 0.9]
