"""`sweepflow run`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sweepflow.flows.cli.screen.answer import IsJson
from sweepflow.importing.quickly import importing_quickly


def run(
    spec: Path,
    /,
    *,
    assignments: Annotated[list[str] | None, Parameter(name="--set", negative="")] = None,
    inputs: Annotated[list[str] | None, Parameter(name="--input", negative="")] = None,
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
    inputs
        Read an input of the spec from a local path, such as images=./images; may be given several times.
    is_dry
        Check everything, show what would be drawn, and run nothing.
    is_json
        Print one JSON object to standard output, and the progress to standard error.
    """
    from sweepflow.flows.cli.actions.start import start_quietly

    if spec.is_file() and not is_dry:
        start_quietly()
    with importing_quickly():
        if spec.is_file() and not is_dry:
            from sweepflow.running.ahead import begin_children_ahead

            begin_children_ahead(spec)
        from sweepflow.flows.cli.actions.run import run_spec

    return run_spec(spec, assignments or [], inputs or [], is_dry=is_dry, is_json=is_json)
