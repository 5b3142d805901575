"""A sweep that a person runs in a terminal: its progress, what stops it, and what came out.

Imported before Prefect, so that Prefect's own lines do not tear the display; its server keeps them all.
"""

import logging
import os
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

from sweepflow.archive.folder import SweepFolder
from sweepflow.base.settings import cores, home, ledger_url
from sweepflow.errors import DataError, LedgerError, SpecError, SweepflowError
from sweepflow.flows.cli.screen.answer import DONE, FAILED, answer
from sweepflow.flows.cli.screen.display import live_progress, show_idle_time, show_result
from sweepflow.flows.cli.screen.failures import debug_traceback, show_bug
from sweepflow.flows.cli.screen.text import text
from sweepflow.flows.engine import signals
from sweepflow.flows.engine.call_context import reporting_progress_to
from sweepflow.ledger.ledger import Ledger
from sweepflow.result import SweepResult
from sweepflow.running.progress import Progress
from sweepflow.running.record import INTERRUPTED, SweepRecord
from sweepflow.spec.spec import Spec
from sweepflow.tracking.log import why_not_logged
from sweepflow.trials.state import SweepState

os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
logging.raiseExceptions = False  # Prefect prints which records it could not send


class _Foreground:
    """The one sweep of this command, as far as it has told of itself."""

    def __init__(self) -> None:
        self.progress: Progress | None = None
        self.note: str | None = None
        """What to say beside its result."""
        self.is_unserved = False
        """Whether it has failed for want of a server, and can go on with one."""
        self._began = datetime.now(UTC)
        self._turn = threading.Lock()

    def answer(self, result: SweepResult) -> None:
        """Print the JSON object, unless that is done; two threads may want to."""
        if self._turn.acquire(blocking=False):
            fields = result.as_json() | {"sweep_id": result.sweep_id or None}
            answer({name: value for name, value in fields.items() if name != "skipped" or value})

    def watch(self, progress: Progress) -> None:
        """Take note of its progress."""
        self.progress = progress

    def unfinished(self, state: SweepState, error: str) -> SweepResult:
        """What there is of it; on its record it ends so, if it has not ended otherwise."""
        sweep_id = self.progress.sweep_id if self.progress else ""
        nothing = SweepResult(sweep_id=sweep_id, state=state, error=error)
        if not sweep_id:
            return nothing
        try:
            with closing(Ledger(ledger_url())) as ledger:
                row = ledger.sweep(sweep_id)
                if row is None:  # it was stopped before it was on record
                    return nothing.model_copy(update={"sweep_id": ""})
                if row.began < self._began:  # before it went on
                    return nothing
                record = SweepRecord(ledger, sweep_id, SweepFolder(home(), sweep_id))
                record.end_if_running(state, error)
                return record.read().result
        except LedgerError:  # which is why the sweep could not go on, and is the error to tell
            return nothing


def run_in_foreground(run: Callable[[], SweepResult], spec: Spec, console: Console, *, is_json: bool) -> int:
    """Run the flow and show how it goes; gives the exit code. SpecError and DataError pass.

    However the flow ended, the sweep's record decides what is told: one that was complete before a signal
    came, or before its server went away, is complete.
    """
    sweep = _Foreground()
    signals.raise_from_now(lambda: _say_stopped(sweep, is_json=is_json))
    try:
        result = _watched(run, sweep, spec.display_name or "sweep", console)
    except BaseException as failure:  # noqa: BLE001  whatever it is, the answer is one JSON object
        signals.wait_from_now()
        result = _ended(sweep, failure)
    signals.wait_from_now()
    if is_json:
        sweep.answer(result)
    show_result(console, result, spec.objective.primary_metric)
    for told in filter(None, (sweep.note, why_not_logged(result.sweep_id))):
        console.print(text(f"note: {told}"), soft_wrap=True)
    if sweep.progress:
        show_idle_time(console, sweep.progress, spec.slots(cores()))
    if result.sweep_id and (result.state is SweepState.CANCELED or sweep.is_unserved):
        console.print(text(_to_go_on(result)), soft_wrap=True)
    if result.trials.failed or result.trials.timed_out:
        again = f"sweepflow resume {result.sweep_id} --only failed,timed_out"
        console.print(Text(f"to run just the failed trials again: {again}"), soft_wrap=True)
    return _code(result)


def _watched(run: Callable[[], SweepResult], sweep: _Foreground, title: str, console: Console) -> SweepResult:
    from sweepflow.flows.engine.server.embedded import start_embedded_server

    with live_progress(console, title) as show:

        def watch(progress: Progress) -> None:
            sweep.watch(progress)
            show(progress)

        start_embedded_server()
        with reporting_progress_to(watch):
            return run()


def _ended(sweep: _Foreground, failure: BaseException) -> SweepResult:
    """What there is of a sweep whose flow has raised.

    Raises what the caller tells: a mistake in the spec or the data.
    """
    if signals.received_signal() or isinstance(failure, KeyboardInterrupt):
        debug_traceback()
        return sweep.unfinished(SweepState.CANCELED, INTERRUPTED)
    if isinstance(failure, SpecError | DataError) or not isinstance(failure, Exception):
        raise failure
    told = _told(failure)
    result = sweep.unfinished(SweepState.FAILED, told)
    if result.state is not SweepState.FAILED:
        sweep.note = told
    sweep.is_unserved = result.state is SweepState.FAILED and _has_lost_server()
    return result


def _told(failure: Exception) -> str:
    """What a person is told of the failure that is being handled."""
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


def _say_stopped(sweep: _Foreground, *, is_json: bool) -> int:
    """Say that the command ends now, without waiting for anything; gives the exit code."""
    result = sweep.unfinished(SweepState.CANCELED, INTERRUPTED)
    if is_json:
        sweep.answer(result)
    signals.write_line(f"{result.state}: {result.error}" if result.error else str(result.state))
    if result.sweep_id and result.state is not SweepState.COMPLETED:
        signals.write_line(_to_go_on(result))
    return _code(result)


def _code(result: SweepResult) -> int:
    """The exit code; a sweep that was canceled ends the command by the signal that came."""
    codes = {SweepState.COMPLETED: DONE, SweepState.FAILED: FAILED}
    return codes[result.state] if result.state in codes else signals.exit_code()


def _to_go_on(result: SweepResult) -> str:
    return f"to go on: sweepflow resume {result.sweep_id}"
