"""`sweepflow show`."""

from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from sweepflow.flows.cli.screen.answer import DONE, IsJson, SweepId, answer


def show(
    sweep_id: SweepId,
    /,
    *,
    with_spec: Annotated[bool, Parameter(name="--spec", negative="")] = False,
    is_json: IsJson = False,
) -> int:
    """Show a sweep as at the end of its run, or as it stands while it runs.

    Example: sweepflow show latest

    Parameters
    ----------
    with_spec
        Print the spec instead, which `sweepflow run` takes as it is; with --json, print it too.
    is_json
        Print one JSON object to standard output.
    """
    from sweepflow.flows.cli.actions.show import read_shown, show_spec, show_sweep, shown_fields

    shown = read_shown(sweep_id)
    console = Console(highlight=False)
    if is_json:
        answer(shown_fields(shown, with_spec=with_spec))
    elif with_spec:
        show_spec(console, shown)
    else:
        show_sweep(console, shown)
    return DONE
