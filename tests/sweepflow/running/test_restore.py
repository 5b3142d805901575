"""A monitor that is restored from the record stands where the one stood that wrote it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledgers import ledger_of
from sweepflow.ledger.ledger import Ledger
from sweepflow.running.monitor import Monitor
from sweepflow.termination import BanditPolicy, EarlyTermination
from sweepflow.trials.objective import Objective
from sweepflow.trials.state import TrialEnd, TrialState

SWEEP = "a-sweep"
OBJECTIVE = Objective(primary_metric="auc", goal="maximize")
DONE = TrialEnd(TrialState.COMPLETED, None, 1.5)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with ledger_of(tmp_path) as ledger:
        ledger.start_sweep(SWEEP, {}, None)
        yield ledger


@pytest.fixture
def written(ledger: Ledger) -> Monitor:
    """Trial 2 won before trial 1 ended; trial 3 has failed, 4 runs after two reports, 5 waits."""
    monitor = Monitor(ledger, SWEEP, OBJECTIVE, None)
    for number in range(6):
        monitor.queue(number, {"x": number})
    for number in range(5):
        monitor.start(number)
    for number, values in {0: [0.5], 2: [0.9, 0.7], 1: [0.6], 4: [0.3, 0.4]}.items():
        for value in values:
            monitor.report(number, {"auc": value, "loss": 1.0})
        if number != 4:
            monitor.end(number, DONE)
    monitor.end(3, TrialEnd(TrialState.FAILED, "ValueError: no", 0.1))
    return monitor


def restored(ledger: Ledger, policy: EarlyTermination | None = None) -> Monitor:
    return Monitor.restored(ledger, SWEEP, OBJECTIVE, policy)


def test_trials_curves_leader_and_failures_are_as_they_were(ledger: Ledger, written: Monitor) -> None:
    found = restored(ledger)
    assert [trial.parameters for trial in found.history] == [{"x": number} for number in range(6)]
    assert [trial.values for trial in found.history] == [[0.5], [0.6], [0.9, 0.7], [], [0.3, 0.4], []]
    assert found.history.leader is found.history[2]
    assert found.history.n_since_best == written.history.n_since_best == 2
    assert found.reasons == {3: "ValueError: no"}
    assert found.logged == written.logged
    assert found.history.configurations == written.history.configurations


def test_trials_that_had_not_ended_are_queued(ledger: Ledger, written: Monitor) -> None:
    queued = [trial.number for trial in restored(ledger).history if trial.state is TrialState.QUEUED]
    assert queued == [4, 5]


def test_a_policy_decides_as_it_would_have(ledger: Ledger, written: Monitor) -> None:
    found = restored(ledger, BanditPolicy(slack_amount=0.2))
    found.queue(6, {"x": 6})
    found.start(6)
    assert found.report(6, {"auc": 0.7}) is False
    assert found.report(6, {"auc": 0.6}) is False  # its best, 0.7, still counts
    found.queue(7, {"x": 7})
    found.start(7)
    assert found.report(7, {"auc": 0.69}) is True


def test_a_restarted_trial_has_not_reported_and_reports_anew(ledger: Ledger, written: Monitor) -> None:
    written.restart(4)
    assert written.history[4].state is TrialState.QUEUED
    assert written.history[4].values == []
    assert [row for row in ledger.metrics(SWEEP) if row.number == 4] == []
    (row,) = [row for row in ledger.trials(SWEEP) if row.number == 4]
    assert (row.state, row.started, row.ended, row.error) == ("queued", None, None, None)
    written.start(4)
    written.report(4, {"auc": 0.95})
    written.end(4, DONE)
    assert written.history.leader is written.history[4]
    assert [row.interval for row in ledger.metrics(SWEEP) if row.number == 4] == [1]


def test_what_a_restarted_trial_did_wrong_is_forgotten(ledger: Ledger, written: Monitor) -> None:
    written.report(4, {"auc": float("nan")})
    written.restart(4)
    written.start(4)
    written.report(4, {"auc": 0.2})
    assert written.end(4, DONE).state is TrialState.COMPLETED


def test_an_ended_trial_cannot_be_restarted(written: Monitor) -> None:
    with pytest.raises(ValueError, match="trial 0 has ended as completed"):
        written.history.restart(0)
