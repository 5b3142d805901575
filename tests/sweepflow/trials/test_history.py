import pytest

from sweepflow.trials.history import History
from sweepflow.trials.objective import Objective
from sweepflow.trials.state import TrialState

MAXIMIZE = Objective(primary_metric="auc", goal="maximize")
MINIMIZE = Objective(primary_metric="loss", goal="minimize")


def history_of(*curves, objective=MAXIMIZE, state=TrialState.RUNNING):
    history = History(objective)
    for number, curve in enumerate(curves):
        history.add(number, {"x": number})
        history.move(number, state)
        for value in curve:
            history.record(number, value)
    return history


@pytest.mark.parametrize(
    ("objective", "best"), [(MAXIMIZE, [0.5, 0.5, 0.7, 0.7]), (MINIMIZE, [0.5, 0.4, 0.4, 0.4])]
)
def test_best_is_the_best_so_far_at_every_interval(objective, best):
    trial = history_of([0.5, 0.4, 0.7, 0.6], objective=objective)[0]
    assert trial.best == best
    assert trial.value == best[-1]


def test_intervals_count_from_one():
    history = history_of([])
    assert [history.record(0, value) for value in (0.1, 0.2, 0.3)] == [1, 2, 3]


def test_the_best_interval_is_the_first_of_equals():
    assert history_of([0.1, 0.7, 0.2, 0.7])[0].best_interval == 2


def test_a_trial_without_reports_has_no_value():
    trial = history_of([])[0]
    assert (trial.value, trial.best_interval) == (None, None)


@pytest.mark.parametrize("state", list(TrialState))
def test_every_trial_with_enough_reports_is_a_peer_unless_it_failed(state):
    history = history_of([0.1, 0.2], [0.1])
    history.move(0, state)
    expected = [] if state is TrialState.FAILED else [0]
    assert [peer.number for peer in history.peers(2)] == expected
    assert [peer.number for peer in history.peers(1)] == [*expected, 1]
    assert history.peers(3) == []


@pytest.mark.parametrize("state", list(TrialState))
def test_a_trial_that_has_ended_and_did_not_fail_leads(state):
    history = history_of([0.9])
    history.move(0, state)
    is_leader = state.is_final and state is not TrialState.FAILED
    assert history.leader is (history[0] if is_leader else None)


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
@pytest.mark.parametrize(("objective", "leader"), [(MAXIMIZE, 1), (MINIMIZE, 0)])
def test_the_leader_is_the_best_and_the_earliest_of_equals_in_whatever_order_they_end(
    order, objective, leader
):
    history = history_of([0.5], [0.7], [0.7], [0.5], objective=objective)
    for number in order:
        history.move(number, TrialState.COMPLETED)
    assert history.leader is history[leader]


def test_a_trial_without_a_value_does_not_lead():
    history = history_of([], [0.1])
    assert not history.would_lead(0)
    history.move(0, TrialState.TERMINATED)
    assert history.leader is None
    history.move(1, TrialState.COMPLETED)
    assert not history.would_lead(0)
    assert history.leader is history[1]


def test_a_trial_would_lead_if_it_is_better_or_as_good_and_earlier():
    history = history_of([0.7], [0.7], [0.7], [0.8], [0.6])
    history.move(1, TrialState.COMPLETED)
    assert [history.would_lead(number) for number in (0, 2, 3, 4)] == [True, False, True, False]


def test_states_are_counted():
    history = history_of([], [], [])
    history.move(0, TrialState.FAILED)
    history.move(1, TrialState.COMPLETED)
    assert history.count(TrialState.RUNNING) == 1
    assert history.count(TrialState.FAILED, TrialState.COMPLETED) == 2
    assert history.count(TrialState.QUEUED) == 0
    assert history.count() == 0


def test_trials_come_in_the_order_they_were_asked_with_their_configurations():
    history = history_of([], [])
    assert [trial.number for trial in history] == [0, 1]
    assert len(history) == 2
    assert history.configurations == {'{"x": 0}', '{"x": 1}'}
