"""`sweepflow run`: a sweep from a spec file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from rich.console import Console

from sweepflow.flows.cli.screen.answer import DONE, IsJson, answer
from sweepflow.flows.cli.screen.text import text
from sweepflow.importing.folders import import_beside

if TYPE_CHECKING:
    from sweepflow.data.prepared import PreparedData
    from sweepflow.running.warm_start import WarmStart
    from sweepflow.spec.spec import Spec


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
    """The fields of the spec, unchecked, with the assignments; lets modules beside the file be imported."""
    from sweepflow.spec.file import read_spec, set_field

    fields = read_spec(path)
    for assignment in assignments:
        set_field(fields, assignment)
    import_beside(path)
    return fields


def _run(fields: dict[str, Any], *, is_dry: bool, is_json: bool) -> int:
    from sweepflow.base.settings import cores, home, ledger_url
    from sweepflow.flows.cli.actions.foreground import (
        run_in_foreground,  # imported before the trainer's module, which may import Prefect
    )
    from sweepflow.ledger.ledger import Ledger
    from sweepflow.running.preflight import checked_spec, memory_notices, prepare_data
    from sweepflow.running.sweep import draw_seed

    console = Console(stderr=is_json, highlight=False)
    spec = checked_spec(fields, is_trusted=True)
    data = prepare_data(spec, home())
    spec, earlier = _warm_started(spec, data)
    notices = [*spec.notices(cores()), *(data.notices if data else ()), *memory_notices(spec, data, cores())]
    for notice in [*notices, earlier.notice(spec.warm_start)] if earlier else notices:
        console.print(text(f"note: {notice}"), soft_wrap=True)
    if is_dry:
        return _show_preview(spec.settled(draw_seed(), cores()), is_json=is_json)
    Ledger(ledger_url()).close()  # fails now if it cannot be used, not after Prefect's start
    from sweepflow.flows.engine.call_context import Prepared, handing_over
    from sweepflow.flows.tune import tune

    with handing_over(Prepared(spec, data, earlier)):
        return run_in_foreground(lambda: tune(**fields), spec, console, is_json=is_json)


def _warm_started(spec: "Spec", data: "PreparedData | None") -> "tuple[Spec, WarmStart | None]":
    """The spec with the full IDs of its earlier sweeps, and their trials; SpecError if they do not fit."""
    if not spec.warm_start:
        return spec, None
    from contextlib import closing

    from sweepflow.base.settings import ledger_url
    from sweepflow.ledger.ledger import Ledger
    from sweepflow.running.warm_start import resolve_warm_start, warm_start

    with closing(Ledger(ledger_url())) as ledger:
        spec = resolve_warm_start(ledger, spec)
        return spec, warm_start(ledger, spec, data.fingerprint if data else None)


def _show_preview(spec: "Spec", *, is_json: bool) -> int:
    from sweepflow.flows.cli.screen.display import show_preview
    from sweepflow.running.preview import preview

    fields = preview(spec)
    if is_json:
        answer({"state": "valid", **fields})
    else:
        show_preview(Console(highlight=False), fields)
    return DONE
