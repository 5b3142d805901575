"""A sweep that a person runs in a terminal: its progress, Ctrl-C, and what came out.

Imported before Prefect, so that Prefect's own lines do not tear the display; its server keeps them all.
"""

import os
import signal
from collections.abc import Callable
from contextlib import closing

from rich.console import Console
from rich.text import Text

from flows.answers import DONE, FAILED, INTERRUPTED, answer
from flows.display import live_progress, show_idle_time, show_result
from flows.failures import debug_traceback, show_bug
from flows.watch import watching
from sweepflow.archive import read_sweep
from sweepflow.errors import DataError, LedgerError, SpecError, SweepflowError
from sweepflow.ledger import Ledger, SweepState
from sweepflow.result import SweepResult
from sweepflow.settings import cores, home, ledger_url
from sweepflow.spec import Spec
from sweepflow.sweep import Progress
from sweepflow.tracking.log import unlogged

_INTERRUPT = "interrupted"

os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")


def run_in_foreground(run: Callable[[], SweepResult], spec: Spec, console: Console, *, is_json: bool) -> int:
    """Run the flow and show how it goes; gives the exit code. SpecError and DataError pass."""
    last: list[Progress] = []
    _take_other_signals_for_interrupts()
    try:
        result, code = _watched(run, last, spec.display_name or "sweep", console), DONE
    except KeyboardInterrupt:
        result, code = _unfinished(last, SweepState.CANCELED, _INTERRUPT), INTERRUPTED
    except (SpecError, DataError):
        raise
    except Exception as failure:  # noqa: BLE001  whatever it is, the answer is one JSON object
        result, code = _unfinished(last, SweepState.FAILED, _told(failure)), FAILED
    if is_json:
        fields = result.as_json() | {"sweep_id": result.sweep_id or None}
        answer({name: value for name, value in fields.items() if name != "skipped" or value})
    show_result(console, result, spec.objective.primary_metric)
    if told := unlogged(result.sweep_id):
        console.print(Text(f"note: {told}"), soft_wrap=True)
    if last:
        show_idle_time(console, last[0], spec.limits.slots(cores()))
    if code == INTERRUPTED and result.sweep_id:
        console.print(Text(f"to go on: sweepflow resume {result.sweep_id}"), soft_wrap=True)
    if result.trials.failed or result.trials.timed_out:
        again = f"sweepflow resume {result.sweep_id} --only failed,timed_out"
        console.print(Text(f"to run just the failed trials again: {again}"), soft_wrap=True)
    return code


def _watched(
    run: Callable[[], SweepResult], last: list[Progress], title: str, console: Console
) -> SweepResult:
    from flows.server import start_embedded_server

    with live_progress(console, title) as show:

        def watch(progress: Progress) -> None:
            last[:] = [progress]
            show(progress)

        start_embedded_server()
        with watching(watch):
            return run()


def _told(failure: Exception) -> str:
    """What a person is told of the failure that is being handled."""
    from flows.doctor.server import why_unreachable

    if isinstance(failure, SweepflowError):
        debug_traceback()
        return str(failure)
    if reason := why_unreachable():
        debug_traceback()
        return f"{reason}; `sweepflow doctor` says what to do"
    show_bug(failure)
    return str(failure)


def _take_other_signals_for_interrupts() -> None:
    for stop in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(stop) != signal.SIG_IGN:  # as under nohup
            signal.signal(stop, signal.default_int_handler)


def _unfinished(last: list[Progress], state: SweepState, error: str) -> SweepResult:
    """What there is of a sweep that was interrupted or has failed; `last` holds its last progress."""
    if not last:
        return SweepResult(sweep_id="", state=state, error=error)
    sweep_id = last[0].sweep_id
    try:
        with closing(Ledger(ledger_url())) as ledger:
            return read_sweep(ledger, sweep_id, home() / "sweeps" / sweep_id).result
    except LedgerError:  # which is why the sweep could not go on, and is the error to tell
        return SweepResult(sweep_id=sweep_id, state=state, error=error)
