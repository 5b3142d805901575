import pytest
from pydantic import ValidationError

from curves import MAXIMIZE, MINIMIZE, history_of, stops
from sweepflow.termination import HyperbandPolicy, SuccessiveHalvingPolicy


@pytest.mark.parametrize(
    ("policy", "rungs"),
    [
        (SuccessiveHalvingPolicy(), [1, 3, 9, 27, 81]),
        (SuccessiveHalvingPolicy(min_intervals=2, reduction_factor=4), [2, 8, 32]),
        (SuccessiveHalvingPolicy(max_intervals=9), [1, 3, 9]),
        (SuccessiveHalvingPolicy(min_intervals=5, reduction_factor=2, max_intervals=39), [5, 10, 20]),
        (HyperbandPolicy(brackets=2, max_intervals=27), [1, 3, 9, 27]),
    ],
)
def test_rungs_are_powers_of_the_reduction_factor(policy, rungs):
    assert [n for n in range(1, 100) if policy.applies_at(n)] == rungs


@pytest.mark.parametrize(
    ("n_others", "is_stopped"),
    # n trials at the rung, the judged one second best: of 2 or 5 one goes on, of 6 two
    [(1, True), (4, True), (5, False)],
)
def test_the_best_share_goes_on_and_at_least_one_trial(n_others, is_stopped):
    others = [[0.9], *([0.1] for _ in range(n_others - 1))]
    assert stops(SuccessiveHalvingPolicy(), [0.5], *others) is is_stopped


def test_the_first_trial_to_reach_a_rung_goes_on():
    assert not stops(SuccessiveHalvingPolicy(), [0.1])


def test_ties_with_the_last_to_go_on_go_on():
    assert not stops(SuccessiveHalvingPolicy(), [0.9], [0.9], [0.9], [0.1])


def test_minimize_keeps_the_smallest():
    assert stops(SuccessiveHalvingPolicy(), [0.9], [0.1], objective=MINIMIZE)
    assert not stops(SuccessiveHalvingPolicy(), [0.1], [0.9], objective=MINIMIZE)


def test_hyperband_compares_within_a_bracket_only():
    policy = HyperbandPolicy(brackets=2, reduction_factor=2)
    history = history_of([0.9], [0.1], [0.8], [0.05])
    decided = [policy.decide(history, trial, history.objective).stop for trial in history]
    # bracket 0 (trials 0 and 2) has a rung at 1, bracket 1 (trials 1 and 3) at 2 first
    assert decided == [False, False, True, False]
    history = history_of([0.9, 0.9], [0.1, 0.1], [0.8, 0.8], [0.05, 0.05])
    decided = [policy.decide(history, trial, history.objective).stop for trial in history]
    assert decided == [False, False, True, True]


def test_a_rung_beyond_the_maximum_is_a_mistake():
    with pytest.raises(ValidationError, match="max_intervals must be >= min_intervals, got max_intervals=2"):
        SuccessiveHalvingPolicy(min_intervals=3, max_intervals=2)


@pytest.mark.parametrize("change", [{"reduction_factor": 1}, {"min_intervals": 0}, {"brackets": 0}])
def test_numbers_too_small_are_refused(change):
    with pytest.raises(ValidationError):
        HyperbandPolicy(**change)


def test_the_reason_does_not_depend_on_which_zero_came_first():
    policy = SuccessiveHalvingPolicy(min_intervals=1, reduction_factor=2)
    reasons = {
        policy.decide(history := history_of([-1.0], *peers), history[0], MAXIMIZE).reason
        for peers in ([[0.0], [-0.0]], [[-0.0], [0.0]])
    }
    assert len(reasons) == 1
    assert "the last to go on had 0" in reasons.pop()


OTHERS = [[0.9], [0.8]]  # with the judged trial three have reached rung 1, of which one goes on


def test_a_trial_that_passed_a_rung_goes_on_until_the_next_one():
    assert not stops(SuccessiveHalvingPolicy(), [0.5, 0.6], *OTHERS)


def test_a_rejudged_trial_stops_when_others_have_passed_it_at_an_earlier_rung():
    assert stops(SuccessiveHalvingPolicy(rejudge=True), [0.5, 0.6], *OTHERS)
    assert stops(SuccessiveHalvingPolicy(rejudge=True), [0.5, 0.99], *OTHERS)
    assert not stops(SuccessiveHalvingPolicy(rejudge=True), [0.9, 0.6], *OTHERS)


def test_a_rejudged_trial_is_judged_by_rungs_up_to_the_last_one_alone():
    policy = SuccessiveHalvingPolicy(rejudge=True, max_intervals=2)
    assert stops(policy, [0.5, 0.6, 0.6, 0.6], *OTHERS)
    assert not stops(policy, [0.9, 0.6, 0.6, 0.6], [0.9, 0.9, 0.9, 0.9])


def test_hyperband_rejudges_within_a_bracket_only():
    policy = HyperbandPolicy(brackets=2, reduction_factor=2, rejudge=True)
    history = history_of([0.5, 0.5], [0.9, 0.9], [0.8], [0.95, 0.95])
    decided = [policy.decide(history, trial, history.objective).stop for trial in history]
    # trial 0 is behind trial 2 at rung 1 of their bracket, trial 1 behind trial 3 at rung 2 of theirs
    assert decided == [True, True, False, False]
