import pytest
from pydantic import ValidationError

from curves import MINIMIZE, history_of, stops
from sweepflow.termination import TruncationSelectionPolicy
from sweepflow.trials.state import TrialState

FIVE = [[0.1], [0.2], [0.3], [0.4], [0.5]]


def stopped(percentage, curves, **options):
    policy = TruncationSelectionPolicy(truncation_percentage=percentage)
    return [
        k for k, curve in enumerate(curves) if stops(policy, curve, *curves[:k], *curves[k + 1 :], **options)
    ]


@pytest.mark.parametrize(
    ("percentage", "expected"), [(19, []), (20, [0]), (39, [0]), (40, [0, 1]), (99, [0, 1, 2, 3])]
)
def test_the_worst_share_is_stopped_rounded_down_to_whole_trials(percentage, expected):
    assert stopped(percentage, FIVE) == expected


def test_a_trial_tied_with_one_that_goes_on_goes_on_too():
    assert stopped(40, [[0.1], [0.2], [0.2], [0.4], [0.5]]) == [0]
    assert stopped(40, [[0.1], [0.2], [0.2 * (1 + 1e-10)], [0.4], [0.5]]) == [0]


def test_minimize_stops_the_greatest():
    assert stopped(20, FIVE, objective=MINIMIZE) == [4]


def test_the_best_so_far_counts_and_not_the_last_report():
    policy = TruncationSelectionPolicy(truncation_percentage=20)
    assert not stops(policy, [0.9, 0.0], *([value, value] for value in (0.2, 0.3, 0.4, 0.5)))


def test_ended_trials_can_be_left_out_of_the_comparison():
    history = history_of([0.2], [0.1], [0.3], [0.4], [0.5])
    for number in (2, 3, 4):
        history.move(number, TrialState.COMPLETED)
    for excluded, expected in ((False, False), (True, False)):
        policy = TruncationSelectionPolicy(truncation_percentage=20, exclude_finished_jobs=excluded)
        assert policy.decide(history, history[0], history.objective).stop is expected
    # of the two that still run, half is one: the worse of them
    policy = TruncationSelectionPolicy(truncation_percentage=50, exclude_finished_jobs=True)
    assert policy.decide(history, history[1], history.objective).stop
    assert not policy.decide(history, history[0], history.objective).stop


@pytest.mark.parametrize("percentage", [0, 100, -1, 20.5, True])
def test_the_percentage_is_a_whole_number_from_1_to_99(percentage):
    with pytest.raises(ValidationError):
        TruncationSelectionPolicy(truncation_percentage=percentage)
