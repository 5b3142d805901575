import pytest

from curves import MAXIMIZE, MINIMIZE, stops
from sweepflow.termination import MedianStoppingPolicy
from sweepflow.trials.objective import MeanObjective

A, B, C, D = [0.5, 0.6, 0.7], [0.8, 0.8, 0.8], [0.9, 0.6, 0.3], [0.55, 0.5, 0.5]


@pytest.mark.parametrize(
    ("curve", "others", "is_stopped"), [(D, [A, B, C], True), (A, [B, C, D], False), (C, [A, B, D], False)]
)
def test_the_best_so_far_is_compared_with_the_median_of_the_averages(curve, others, is_stopped):
    # averages .6, .8, .6 and .5167; the median is .6; C's best .9 counts, not its last .3
    assert stops(MedianStoppingPolicy(), curve, *others) is is_stopped


def test_an_even_number_of_averages_takes_the_mean_of_the_middle_two():
    others = [[0.2], [0.6], [0.8]]  # with .39: the middle two are .39 and .6, their mean .495
    assert stops(MedianStoppingPolicy(), [0.39], *others)
    assert not stops(MedianStoppingPolicy(), [0.6], *others)


def test_only_reports_up_to_the_interval_enter_the_averages():
    assert not stops(MedianStoppingPolicy(), [0.5], [0.5, 0.9, 0.9], [0.5, 0.9, 0.9])


def test_minimize_is_the_mirror():
    mirrored = [[-value for value in curve] for curve in (D, A, B, C)]
    assert stops(MedianStoppingPolicy(), *mirrored, objective=MINIMIZE)
    assert not stops(MedianStoppingPolicy(), mirrored[1], *mirrored[2:], mirrored[0], objective=MINIMIZE)


def test_a_lone_constant_trial_does_not_stop_itself():
    # the mean of three .8 is .8000000000000002 in plain summation
    assert not stops(MedianStoppingPolicy(), [0.8, 0.8, 0.8], objective=MAXIMIZE)


def test_it_waits_for_delay_and_interval():
    policy = MedianStoppingPolicy(evaluation_interval=2, delay_evaluation=3)
    good = [0.9] * 6
    assert [n for n in range(1, 7) if stops(policy, [0.1] * n, good, good)] == [4, 6]


def test_with_folds_the_means_over_the_same_folds_are_compared_and_not_the_averages_of_means():
    objective = MeanObjective(primary_metric="auc", goal="maximize", folds=3)
    falling = [0.9, 0.85, 0.8]  # the average of its means is .85, so that it was stopped even when alone
    assert not stops(MedianStoppingPolicy(), falling, objective=objective)
    assert not stops(MedianStoppingPolicy(), falling, [0.7, 0.75, 0.8], [0.6, 0.6, 0.6], objective=objective)
    assert stops(MedianStoppingPolicy(), falling, [0.7, 0.75, 0.81], [0.9, 0.9, 0.9], objective=objective)
