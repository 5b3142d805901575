"""`sweepflow resume`."""

from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from sweepflow.flows.cli.screen.answer import IsJson, SweepId


def resume(
    sweep_id: SweepId,
    /,
    *,
    only: Annotated[str | None, Parameter(name="--only")] = None,
    is_json: IsJson = False,
) -> int:
    """Go on with a sweep that was interrupted or killed, or run its failed trials again.

    Example: sweepflow resume 10af8a75 --only failed,timed_out

    Parameters
    ----------
    only
        Run just the trials in these states again: failed, timed_out, canceled.
    is_json
        Print one JSON object to standard output, and the progress to standard error.
    """
    from sweepflow.flows.cli.actions.foreground import (
        run_in_foreground,  # before the trainer's module, which may import Prefect
    )
    from sweepflow.flows.cli.actions.resumable import check_resumable
    from sweepflow.running.resumption import parse_states

    states = None if only is None else parse_states(only)
    found, spec = check_resumable(sweep_id)
    from sweepflow.flows.cli.actions.resume import resume_sweep  # imports Prefect

    console = Console(stderr=is_json, highlight=False)
    return run_in_foreground(lambda: resume_sweep(found, spec, states), spec, console, is_json=is_json)
