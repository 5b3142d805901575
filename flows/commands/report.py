"""`sweepflow report`."""

from pathlib import Path

from rich.console import Console
from rich.text import Text

from flows.answers import DONE, IsJson, answer


def report(
    sweep_id: str,
    /,
    *,
    output: Path | None = None,
    is_json: IsJson = False,
) -> int:
    """Write a sweep's report: one HTML file with its result, charts and trials, which needs no network.

    Example: sweepflow report 10af8a75-d43f-4246-ac04-14454f92debf --output report.html

    Parameters
    ----------
    sweep_id
        The sweep's ID; it may still be running.
    output
        Where to write it; by default report.html in the sweep's folder.
    is_json
        Print one JSON object to standard output.
    """
    from sweepflow.archive import load
    from sweepflow.errors import Problem, SpecError
    from sweepflow.report import write_report

    try:
        path = write_report(load(sweep_id), output).absolute()
    except OSError as error:
        place = "--output" if output else ""
        raise SpecError([Problem(place, f"the report cannot be written: {error}")]) from error
    if is_json:
        answer({"sweep_id": sweep_id, "report_path": str(path)})
    else:
        Console(highlight=False).print(Text(f"report      {path}"), soft_wrap=True)
    return DONE
