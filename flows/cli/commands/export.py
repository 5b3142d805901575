"""`sweepflow export`."""

from pathlib import Path

from rich.console import Console

from sweepflow.flows.cli.screen.answer import DONE, IsJson, SweepId, answer
from sweepflow.flows.cli.screen.text import text


def export(sweep_id: SweepId, folder: Path, /, *, is_json: IsJson = False) -> int:
    """Copy a sweep's result to a folder: spec, tables, model, model card, report, best outputs.

    Example: sweepflow export latest result

    Parameters
    ----------
    folder
        Where to; it must be empty, or not there yet.
    is_json
        Print one JSON object to standard output.
    """
    from sweepflow.archive.export import export_files
    from sweepflow.archive.sweep import load

    sweep = load(sweep_id)
    exported = export_files(sweep.folder, folder, has_model=sweep.spec.trial.has_model)
    if is_json:
        answer({"sweep_id": sweep.id, "folder": str(folder.absolute()), **exported._asdict()})
        return DONE
    console = Console(highlight=False)
    for name in exported.files:
        console.print(text(folder / name), soft_wrap=True)
    if exported.missing:
        console.print(text(f"not there: {', '.join(exported.missing)} (the sweep is {sweep.state})"))
    return DONE
