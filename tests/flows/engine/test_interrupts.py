"""A signal that asks a sweep to stop does so, though a library has swallowed what its handler raised."""

import signal
import threading
from pathlib import Path

import pytest
from prefect.utilities.engine import capture_sigterm

from ledgers import ledger_of
from sweepflow.flows.engine.call_context import reporting_progress_to
from sweepflow.flows.engine.interrupts import lost_interrupts
from sweepflow.flows.tune import tune
from sweepflow.running.progress import Progress
from sweeps import function_spec


def swallow_an_interrupt() -> None:
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        return
    raise AssertionError("the signal's handler did not raise")


def test_an_interrupt_that_was_lost_is_handled_again_once() -> None:
    with lost_interrupts() as handle_lost_interrupt:
        handle_lost_interrupt()
        swallow_an_interrupt()
        with pytest.raises(KeyboardInterrupt):
            handle_lost_interrupt()
        handle_lost_interrupt()


def test_a_signal_whose_handler_returned_is_not_handled_again() -> None:
    came: list[int] = []
    before = signal.signal(signal.SIGHUP, lambda number, _frame: came.append(number))
    try:
        with lost_interrupts() as handle_lost_interrupt:
            signal.raise_signal(signal.SIGHUP)
            handle_lost_interrupt()
    finally:
        signal.signal(signal.SIGHUP, before)
    assert came == [signal.SIGHUP]


def test_a_flow_of_a_runner_still_answers_what_the_runner_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT__FLOW_RUN_ID", "any")
    with capture_sigterm():
        before = signal.getsignal(signal.SIGTERM)
        with lost_interrupts():
            assert signal.getsignal(signal.SIGTERM) is before


def test_handlers_are_as_before_after_the_block() -> None:
    before = [signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    with lost_interrupts():
        assert signal.getsignal(signal.SIGINT) is not before[0]
    assert [signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


def test_a_flow_in_another_thread_leaves_the_handlers_alone() -> None:
    kept = []

    def run() -> None:
        before = signal.getsignal(signal.SIGINT)
        with lost_interrupts() as handle_lost_interrupt:
            handle_lost_interrupt()
            kept.append(signal.getsignal(signal.SIGINT) is before)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert kept == [True]


@pytest.mark.usefixtures("server")
def test_a_sweep_whose_interrupt_was_lost_stops_its_trials(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAL_STARTED", str(tmp_path))
    told: list[Progress] = []

    def interrupt_once(progress: Progress) -> None:
        if progress.n_running and not any(earlier.n_running for earlier in told):
            swallow_an_interrupt()
        told.append(progress)

    with reporting_progress_to(interrupt_once), pytest.raises(KeyboardInterrupt):
        tune(**function_spec("slow", [1, 2, 3]))
    with ledger_of(home) as ledger:
        sweep = ledger.sweep(told[0].sweep_id)
        assert sweep is not None
        assert sweep.state == "canceled"
        assert {row.state for row in ledger.trials(sweep.id)} == {"canceled"}
