"""`sweepflow promote`."""

from sweepflow.flows.cli.screen.answer import IsJson, SweepId, answer_or_show


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

    return answer_or_show(promote_sweep(sweep_id, name), show_change, is_json=is_json)
