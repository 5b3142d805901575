"""Runs a sweep in a terminal: shows its progress, handles what stops it, and prints its result."""

import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

from sweepflow.archive.folder import SweepFolder
from sweepflow.base.settings import home, ledger_url
from sweepflow.errors import DataError, LedgerError, SpecError, SweepflowError
from sweepflow.flows.cli.screen.answer import DONE, FAILED, answer
from sweepflow.flows.cli.screen.display import live_progress, show_idle_time, show_result
from sweepflow.flows.cli.screen.failures import debug_traceback, show_bug
from sweepflow.flows.cli.screen.text import text
from sweepflow.flows.engine import signals
from sweepflow.flows.engine.call_context import reporting_progress_to
from sweepflow.ledger.ledger import Ledger
from sweepflow.result import SweepResult
from sweepflow.running.preflight import Prepared
from sweepflow.running.progress import Progress
from sweepflow.running.record import INTERRUPTED, SweepRecord
from sweepflow.tracking.log import why_not_logged
from sweepflow.trials.state import SweepState


class _RunningSweep:
    """What is known of the sweep that this command runs."""

    def __init__(self) -> None:
        self.progress: Progress | None = None
        self.note: str | None = None
        """A message to print below its result."""
        self.has_lost_server = False
        """Whether it failed because its server went away, and can be resumed with one."""
        self._began = datetime.now(UTC)
        self._answer_lock = threading.Lock()

    def answer(self, result: SweepResult) -> None:
        """Print the JSON object, once: two threads may call this."""
        if self._answer_lock.acquire(blocking=False):
            fields = result.as_json() | {"sweep_id": result.sweep_id or None}
            answer({name: value for name, value in fields.items() if name != "skipped" or value})

    def update(self, progress: Progress) -> None:
        """Store its latest progress."""
        self.progress = progress

    def end_unfinished(self, state: SweepState, error: str) -> SweepResult:
        """Its result so far; if it is still recorded as running, record that it ended in this state."""
        sweep_id = self.progress.sweep_id if self.progress else ""
        empty = SweepResult(sweep_id=sweep_id, state=state, error=error)
        if not sweep_id:
            return empty
        try:
            with closing(Ledger(ledger_url())) as ledger:
                row = ledger.sweep(sweep_id)
                if row is None:  # it was stopped before it was recorded
                    return empty.model_copy(update={"sweep_id": ""})
                if row.began < self._began:  # it was stopped before it was resumed
                    return empty
                record = SweepRecord(ledger, sweep_id, SweepFolder(home(), sweep_id))
                record.end_if_running(state, error)
                return record.read().result
        except LedgerError:  # the same error has stopped the sweep, and is its message
            return empty


def run_in_foreground(
    run: Callable[[], SweepResult], prepared: Prepared, console: Console, *, is_json: bool
) -> int:
    """Run the flow, show its progress and result, and return the exit code; raises SpecError and DataError.

    However the flow ended, the ledger decides what is printed: a sweep that had completed before a signal
    came, or before its server went away, is completed.
    """
    sweep = _RunningSweep()
    signals.raise_from_now(lambda: _print_last_words(sweep, is_json=is_json))
    try:
        result = _run_with_progress(run, sweep, prepared.spec.display_name or "sweep", console)
    except BaseException as failure:  # noqa: BLE001  any failure must end in one JSON object
        signals.wait_from_now()
        result = _result_of_failure(sweep, failure)
    signals.wait_from_now()
    if is_json:
        sweep.answer(result)
    show_result(console, result, prepared.spec.objective.primary_metric)
    for note in filter(None, (sweep.note, why_not_logged(result.sweep_id), _where_to_look(result))):
        console.print(text(f"note: {note}"), soft_wrap=True)
    if sweep.progress:
        show_idle_time(console, sweep.progress, prepared.slots)
    if result.sweep_id and (result.state is SweepState.CANCELED or sweep.has_lost_server):
        console.print(text(_resume_hint(result)), soft_wrap=True)
    if result.trials.failed or result.trials.timed_out:
        command = f"sweepflow resume {result.sweep_id} --only failed,timed_out"
        console.print(Text(f"to run just the failed trials again: {command}"), soft_wrap=True)
    return _exit_code(result)


def _run_with_progress(
    run: Callable[[], SweepResult], sweep: _RunningSweep, title: str, console: Console
) -> SweepResult:
    from sweepflow.flows.engine.server.embedded import start_server

    with live_progress(console, title) as show:

        def update(progress: Progress) -> None:
            sweep.update(progress)
            show(progress)

        start_server()
        with reporting_progress_to(update):
            return run()


def _result_of_failure(sweep: _RunningSweep, failure: BaseException) -> SweepResult:
    """The result so far of a sweep whose flow has raised.

    SpecError, DataError and what is no Exception are raised again, for `main` to print.
    """
    if signals.received_signal() or isinstance(failure, KeyboardInterrupt):
        debug_traceback()
        return sweep.end_unfinished(SweepState.CANCELED, INTERRUPTED)
    if isinstance(failure, SpecError | DataError) or not isinstance(failure, Exception):
        raise failure
    message = _failure_message(failure)
    result = sweep.end_unfinished(SweepState.FAILED, message)
    if result.state is not SweepState.FAILED:
        sweep.note = message
    sweep.has_lost_server = result.state is SweepState.FAILED and _has_lost_server()
    return result


def _failure_message(failure: Exception) -> str:
    """The message for the failure that is being handled; prints it if it is a bug."""
    from sweepflow.flows.engine.server.embedded import why_unreachable
    from sweepflow.flows.engine.server.lost import why_lost

    if isinstance(failure, SweepflowError):
        debug_traceback()
        return str(failure)
    if reason := why_lost():
        debug_traceback()
        return reason
    if reason := why_unreachable():
        debug_traceback()
        return f"{reason}; `sweepflow doctor` says what to do"
    show_bug(failure)
    return str(failure)


def _has_lost_server() -> bool:
    from sweepflow.flows.engine.server.lost import why_lost

    return why_lost() is not None


def _print_last_words(sweep: _RunningSweep, *, is_json: bool) -> int:
    """Print how the sweep ends now, without waiting for anything; return the exit code."""
    result = sweep.end_unfinished(SweepState.CANCELED, INTERRUPTED)
    if is_json:
        sweep.answer(result)
    signals.write_line(f"{result.state}: {result.error}" if result.error else str(result.state))
    if result.sweep_id and result.state is not SweepState.COMPLETED:
        signals.write_line(_resume_hint(result))
    return _exit_code(result)


def _where_to_look(result: SweepResult) -> str | None:
    """Where Prefect's UI shows the sweep, if a server in the background goes on after it."""
    from sweepflow.flows.engine.server.embedded import background_address

    address = background_address()
    where = f"{address}/runs/flow-run/{result.sweep_id}"
    return f"in Prefect's UI: {where}" if address and result.sweep_id else None


def _exit_code(result: SweepResult) -> int:
    """The exit code; for a canceled sweep, that of the signal that came."""
    codes = {SweepState.COMPLETED: DONE, SweepState.FAILED: FAILED}
    return codes[result.state] if result.state in codes else signals.exit_code()


def _resume_hint(result: SweepResult) -> str:
    return f"to go on: sweepflow resume {result.sweep_id}"
