"""What `sweepflow run` does: check and prepare a spec, and preview it or run its sweep.

Prefect is imported after the checks and before the sweep begins: until then a signal ends the command at
once, and no import can swallow it.
"""

from contextlib import closing
from pathlib import Path
from typing import Any

from rich.console import Console

from sweepflow.base.settings import cores, home, ledger_url
from sweepflow.flows.cli.actions.foreground import run_in_foreground
from sweepflow.flows.cli.screen.answer import DONE, answer
from sweepflow.flows.cli.screen.display import show_preview
from sweepflow.flows.cli.screen.text import text
from sweepflow.flows.engine.call_context import handing_over
from sweepflow.importing.folders import import_beside
from sweepflow.ledger.ledger import Ledger
from sweepflow.running.preflight import Prepared, checked_spec, prepare_sweep
from sweepflow.running.preview import preview
from sweepflow.running.sweep import draw_seed
from sweepflow.running.warm_start import resolve_warm_start, warm_start
from sweepflow.spec.file import map_input, read_spec, set_field
from sweepflow.spec.spec import Spec


def run_spec(path: Path, assignments: list[str], inputs: list[str], *, is_dry: bool, is_json: bool) -> int:
    """Run the spec's sweep, or preview it if `is_dry`, and return the exit code.

    SpecError, DataError or LedgerError if it cannot be run; nothing is recorded then.
    """
    console = Console(stderr=is_json, highlight=False)
    fields = _read_fields(path, assignments, inputs)
    prepared = prepare_sweep(Prepared(checked_spec(fields, is_trusted=True), cores()), home())
    prepared = _warm_started(prepared)
    for notice in _notices(prepared):
        console.print(text(f"note: {notice}"), soft_wrap=True)
    if is_dry:
        return _print_preview(prepared.settled(draw_seed()).spec, is_json=is_json)
    Ledger(ledger_url()).close()  # fails now if it cannot be used, not after Prefect's start
    from sweepflow.flows.tune import tune

    with handing_over(prepared):
        return run_in_foreground(lambda: tune(**fields), prepared, console, is_json=is_json)


def _read_fields(path: Path, assignments: list[str], inputs: list[str]) -> dict[str, Any]:
    """The fields of the spec, unchecked, with the assignments and mapped inputs.

    Modules beside the file can be imported then.
    """
    fields = read_spec(path)
    for assignment in assignments:
        set_field(fields, assignment)
    for assignment in inputs:
        map_input(fields, assignment)
    import_beside(path)
    return fields


def _warm_started(prepared: Prepared) -> Prepared:
    """The same with the trials of its earlier sweeps and their full IDs; SpecError if they do not fit."""
    if not prepared.spec.warm_start:
        return prepared
    with closing(Ledger(ledger_url())) as ledger:
        spec = resolve_warm_start(ledger, prepared.spec)
        earlier = warm_start(ledger, spec, prepared.data.fingerprint if prepared.data else None)
        return prepared._replace(spec=spec, earlier=earlier)


def _notices(prepared: Prepared) -> list[str]:
    earlier = [prepared.earlier.notice(prepared.spec.warm_start)] if prepared.earlier else []
    return [*prepared.notices, *earlier]


def _print_preview(spec: Spec, *, is_json: bool) -> int:
    fields = preview(spec)
    if is_json:
        answer({"state": "valid", **fields})
    else:
        show_preview(Console(highlight=False), fields)
    return DONE
