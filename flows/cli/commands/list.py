"""`sweepflow list`."""

from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from sweepflow.flows.cli.screen.answer import DONE, IsJson, answer
from sweepflow.trials.state import SweepState


def list_(
    *,
    states: Annotated[list[SweepState] | None, Parameter(name="--state", negative="")] = None,
    tags: Annotated[list[str] | None, Parameter(name="--tag", negative="")] = None,
    limit: int = 20,
    is_json: IsJson = False,
) -> int:
    """List the sweeps on record, the latest first.

    Example: sweepflow list --state completed --tag team=risk --limit 5

    Parameters
    ----------
    states
        Only sweeps in this state; may be given several times.
    tags
        Only sweeps with this tag, KEY=VALUE; may be given several times.
    limit
        The most sweeps to list.
    is_json
        Print one JSON object to standard output.
    """
    from sweepflow.flows.cli.actions.list import list_sweeps, show_sweeps

    sweeps = list_sweeps(states or [], tags or [], limit)
    if is_json:
        answer({"sweeps": [sweep.as_json() for sweep in sweeps]})
    else:
        show_sweeps(Console(highlight=False), sweeps)
    return DONE
