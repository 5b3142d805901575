"""`sweepflow run`: a sweep from a spec file."""

import os
import signal
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.text import Text

from flows.answers import DONE, FAILED, INTERRUPTED, IsJson, answer
from sweepflow.errors import DataError, SpecError, SweepflowError

if TYPE_CHECKING:
    from sweepflow.result import SweepResult
    from sweepflow.spec import Spec
    from sweepflow.sweep import Progress

_INTERRUPT = "interrupted"


def run(
    spec: Path,
    /,
    *,
    assignments: Annotated[list[str] | None, Parameter(name="--set", negative="")] = None,
    is_dry: Annotated[bool, Parameter(name="--dry-run", negative="")] = False,
    is_json: IsJson = False,
) -> int:
    """Run a sweep, with live progress, and print the best trials.

    Example: sweepflow run examples/breast_cancer.yml --set limits.max_total_trials=50

    Parameters
    ----------
    spec
        The YAML file that describes the sweep.
    assignments
        Change a field of the spec, such as limits.max_total_trials=50; may be given several times.
    is_dry
        Check everything, show what would be drawn, and run nothing.
    is_json
        Print one JSON object to standard output, and the progress to standard error.
    """
    return _run(_fields(spec, assignments or []), is_dry=is_dry, is_json=is_json)


def _fields(path: Path, assignments: list[str]) -> dict[str, Any]:
    """The spec's fields, checked with all that they name before Prefect is started."""
    from sweepflow.spec_file import read_spec, set_field

    fields = read_spec(path)
    for assignment in assignments:
        set_field(fields, assignment)
    # A function of the user's own lies beside the spec, or where the command is run.
    sys.path[:0] = [str(Path.cwd()), str(path.absolute().parent)]
    return fields


def _run(fields: dict[str, Any], *, is_dry: bool, is_json: bool) -> int:
    from sweepflow.preflight import prepare_data
    from sweepflow.settings import cores, home
    from sweepflow.spec import Spec
    from sweepflow.sweep import draw_seed

    console = Console(stderr=is_json, highlight=False)
    spec = Spec.checked(fields, is_trusted=True)
    data = prepare_data(spec, home())
    for notice in [*spec.notices(cores()), *(data.notices if data else ())]:
        console.print(Text(f"note: {notice}"), soft_wrap=True)
    if is_dry:
        return _show_preview(spec.settled(draw_seed(), cores()), is_json=is_json)
    return _sweep(fields, spec, console, is_json=is_json)


def _show_preview(spec: "Spec", *, is_json: bool) -> int:
    from flows.display import show_preview
    from sweepflow.preview import preview

    found = preview(spec)
    if is_json:
        answer({"state": "valid", **found})
    else:
        show_preview(Console(highlight=False), found)
    return DONE


def _sweep(fields: dict[str, Any], spec: "Spec", console: Console, *, is_json: bool) -> int:
    # Prefect's own lines would tear the display; its server keeps them all.
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    from flows.display import live_progress, show_idle_time, show_result
    from flows.server import start_embedded_server
    from flows.tune import tune
    from flows.watch import watching
    from sweepflow.result import SweepResult
    from sweepflow.settings import cores
    from sweepflow.sweep import Progress

    last: list[Progress] = []
    for stop in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(stop) != signal.SIG_IGN:  # as under nohup
            signal.signal(stop, signal.default_int_handler)
    try:
        with live_progress(console, fields.get("display_name") or "sweep") as show:

            def watch(progress: Progress) -> None:
                last[:] = [progress]
                show(progress)

            start_embedded_server()
            with watching(watch):
                result: SweepResult = tune(**fields)
    except KeyboardInterrupt:
        code, result = INTERRUPTED, _unfinished(last, _INTERRUPT)
    except (SpecError, DataError):
        raise
    except Exception as failure:  # noqa: BLE001  whatever it is, the answer is one JSON object
        if not isinstance(failure, SweepflowError):
            traceback.print_exc()
        code, result = FAILED, _unfinished(last, str(failure))
    else:
        code = DONE
    if is_json:
        answer(result.model_dump(mode="json") | {"sweep_id": result.sweep_id or None})
    show_result(console, result, spec.objective.primary_metric)
    if last:
        show_idle_time(console, last[0], spec.limits.slots(cores()))
    return code


def _unfinished(last: "list[Progress]", error: str) -> "SweepResult":
    """What there is of a sweep that was interrupted or has failed; `last` holds its last progress."""
    from sweepflow.ledger import Ledger, SweepState
    from sweepflow.result import SweepResult, read_result
    from sweepflow.settings import home

    if not last:
        state = SweepState.CANCELED if error == _INTERRUPT else SweepState.FAILED
        return SweepResult(sweep_id="", state=state, error=error)
    sweep_id = last[0].sweep_id
    ledger = Ledger(home() / "ledger.db")
    try:
        return read_result(ledger, sweep_id, home() / "sweeps" / sweep_id)
    finally:
        ledger.close()
