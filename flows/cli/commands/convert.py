"""`sweepflow convert`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sweepflow.flows.cli.screen.answer import IsJson, answer_or_show


def convert(
    job: Path,
    /,
    *,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    overwrites: Annotated[bool, Parameter(name="--overwrite", negative="")] = False,
    is_json: IsJson = False,
) -> int:
    """Write the spec that a sweep job of Azure ML is, with a comment on each thing that it leaves out.

    Example: sweepflow convert job-sweep.yml -o spec.yml

    Parameters
    ----------
    job
        The YAML file of the job, which `sweepflow run` runs as it is, too.
    output
        The spec's file; without it, the spec is printed.
    overwrites
        Replace the file if it is there already.
    is_json
        Print one JSON object to standard output.
    """
    from sweepflow.flows.cli.actions.convert import convert_job, show_conversion

    return answer_or_show(convert_job(job, output, overwrites=overwrites), show_conversion, is_json=is_json)
