"""What `sweepflow run` does: check and prepare a spec, and preview it or run its sweep.

Prefect is imported after the checks and before the sweep begins: until then a signal ends the command at
once, and no import can swallow it.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from contextvars import copy_context
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from sweepflow.base.settings import cores, home, ledger_url
from sweepflow.flows.cli.actions.foreground import run_in_foreground
from sweepflow.flows.cli.screen.answer import DONE, answer
from sweepflow.flows.cli.screen.display import show_preview
from sweepflow.flows.cli.screen.text import text
from sweepflow.flows.engine.call_context import handing_over
from sweepflow.flows.engine.server.embedded import has_started_server
from sweepflow.importing.folders import import_beside
from sweepflow.importing.quickly import importing_quickly
from sweepflow.ledger.ledger import Ledger
from sweepflow.running.preflight import Prepared, checked_job, prepare_sweep, spare_tables, sweep_children
from sweepflow.running.preview import preview
from sweepflow.running.sweep import draw_seed
from sweepflow.running.warm_start import resolve_warm_start, warm_start
from sweepflow.spec.file import map_input, read_job, set_field
from sweepflow.spec.spec import Spec
from sweepflow.sweep_job import Translation

if TYPE_CHECKING:
    from sweepflow.flows.engine.python_call import ObjectFlow
    from sweepflow.result import SweepResult


def run_spec(path: Path, assignments: list[str], inputs: list[str], *, is_dry: bool, is_json: bool) -> int:
    """Run the spec's sweep, or preview it if `is_dry`, and return the exit code.

    SpecError, DataError or LedgerError if it cannot be run; nothing is recorded then.
    """
    console = Console(stderr=is_json, highlight=False)
    job = _read_job(path, assignments, inputs)
    with sweep_children(job.fields, cores()) as children:
        # Beside a server that starts, which takes longest, imports take turns: two cores would slow it.
        if children is None or is_dry or has_started_server():
            prepared = _prepared(job, is_dry=is_dry)
        else:
            with ThreadPoolExecutor(1) as thread:
                preparing = thread.submit(copy_context().run, partial(_prepared, job, is_dry=False))
                _import_flow()
                prepared = preparing.result()
        earlier = (prepared.earlier.notice,) if prepared.earlier else ()
        for notice in (*prepared.notices, *earlier):
            console.print(text(f"note: {notice}"), soft_wrap=True)
        if is_dry:
            return _print_preview(prepared.settled(draw_seed()).spec, is_json=is_json)
        spare_tables(prepared)
        tune = _import_flow()
        with handing_over(prepared):
            return run_in_foreground(lambda: tune(**job.fields), prepared, console, is_json=is_json)


def _import_flow() -> "ObjectFlow[..., SweepResult]":
    with importing_quickly():
        from sweepflow.flows.tune import tune
    return tune


def _prepared(job: Translation, *, is_dry: bool) -> Prepared:
    prepared = _warm_started(prepare_sweep(checked_job(job, cores(), is_trusted=True), home()))
    if not is_dry:
        Ledger(ledger_url()).close()  # fails now if it cannot be used, not after Prefect's start
    return prepared


def _read_job(path: Path, assignments: list[str], inputs: list[str]) -> Translation:
    """What the file asks for, unchecked, with the assignments and mapped inputs.

    Modules beside the file can be imported then.
    """
    job = read_job(path)
    for assignment in assignments:
        set_field(job.fields, assignment)
    for assignment in inputs:
        map_input(job.fields, assignment)
    import_beside(path)
    return job


def _warm_started(prepared: Prepared) -> Prepared:
    """The same with the trials of its earlier sweeps and their full IDs; SpecError if they do not fit."""
    if not prepared.spec.warm_start:
        return prepared
    with closing(Ledger(ledger_url())) as ledger:
        spec = resolve_warm_start(ledger, prepared.spec)
        earlier = warm_start(ledger, spec, prepared.data.fingerprint if prepared.data else None)
        return prepared._replace(spec=spec, earlier=earlier)


def _print_preview(spec: Spec, *, is_json: bool) -> int:
    fields = preview(spec)
    if is_json:
        answer({"state": "valid", **fields})
    else:
        show_preview(Console(highlight=False), fields)
    return DONE
