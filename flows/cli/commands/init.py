"""`sweepflow init`."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from sweepflow.flows.cli.screen.answer import IsJson, answer_or_show


def init(
    data: str | Path,  # a path to complete with Tab, or a URL, which a Path would break
    /,
    *,
    target: Annotated[list[str] | None, Parameter(negative="")] = None,
    task: Literal["classification", "regression"] | None = None,
    output: Annotated[Path, Parameter(name=("--output", "-o"))] = Path("spec.yml"),
    overwrites: Annotated[bool, Parameter(name="--overwrite", negative="")] = False,
    has_header: Annotated[bool, Parameter(name="--header", negative="--no-header")] = True,
    is_json: IsJson = False,
) -> int:
    """Write a first spec for a table, with a comment for every block, that runs as it is.

    Example: sweepflow init data/breast_cancer.csv --target diagnosis

    Parameters
    ----------
    data
        The table: a CSV, Parquet or Arrow file, a folder of them, or a URL.
    target
        The column to predict; without it, the columns are listed.
    task
        What to predict: classes or numbers; by default, whole numbers are classes if there are few of them.
    output
        The spec's file.
    overwrites
        Replace the file if it is there already.
    has_header
        Whether the first line of a CSV file names the columns; if not, they are called column_1 and so on.
    is_json
        Print one JSON object to standard output.
    """
    from sweepflow.flows.cli.actions.init import one_target, show_start, start_spec

    start = start_spec(
        str(data), one_target(target or []), output, task=task, overwrites=overwrites, has_header=has_header
    )
    return answer_or_show(start, show_start, is_json=is_json)
