"""`sweepflow resume`."""

from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from sweepflow.flows.cli.screen.answer import IsJson, SweepId
from sweepflow.importing.quickly import importing_quickly


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
    from sweepflow.flows.cli.actions.start import start_quietly

    start_quietly()
    with importing_quickly():
        from sweepflow.flows.cli.actions.resume import resume_in_foreground
        from sweepflow.running.resumption import parse_states

    states = None if only is None else parse_states(only)
    return resume_in_foreground(sweep_id, states, Console(stderr=is_json, highlight=False), is_json=is_json)
