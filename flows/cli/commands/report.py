"""`sweepflow report`."""

from pathlib import Path

from rich.console import Console

from sweepflow.flows.cli.screen.answer import DONE, IsJson, SweepId, answer
from sweepflow.flows.cli.screen.text import text


def report(
    sweep_id: SweepId,
    /,
    *,
    output: Path | None = None,
    is_json: IsJson = False,
) -> int:
    """Write a sweep's report: one HTML file with its result, charts and trials, which needs no network.

    The sweep may still be running.

    Example: sweepflow report 10af8a75 --output report.html

    Parameters
    ----------
    output
        Where to write it; by default report.html in the sweep's folder.
    is_json
        Print one JSON object to standard output.
    """
    from sweepflow.archive.sweep import load
    from sweepflow.errors import Problem, SpecError
    from sweepflow.report import write_report_page

    try:
        sweep = load(sweep_id)
        path = write_report_page(sweep, output).absolute()
    except OSError as error:
        place = "--output" if output else ""
        raise SpecError([Problem(place, f"the report cannot be written: {error}")]) from error
    if is_json:
        answer({"sweep_id": sweep.id, "report_path": str(path)})
    else:
        Console(highlight=False).print(text(f"report      {path}"), soft_wrap=True)
    return DONE
