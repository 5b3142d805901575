"""`sweepflow promote`."""

from rich.console import Console

from sweepflow.flows.cli.screen.answer import DONE, IsJson, SweepId, answer


def promote(sweep_id: SweepId, /, *, name: str, is_json: IsJson = False) -> int:
    """Register a sweep's model and make it the champion, without a gate: the decision is yours.

    Example: sweepflow promote 10af8a75 --name breast-cancer

    Parameters
    ----------
    name
        The name under which the model is registered, or is to be.
    is_json
        Print one JSON object to standard output.
    """
    from sweepflow.flows.cli.actions.models import promote_sweep, show_change

    change = promote_sweep(sweep_id, name)
    if is_json:
        answer(change)
    else:
        show_change(Console(highlight=False), change)
    return DONE
