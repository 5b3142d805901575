"""`sweepflow rollback`."""

from sweepflow.flows.cli.screen.answer import IsJson, answer_or_show


def rollback(name: str, /, *, is_json: IsJson = False) -> int:
    """Make a model's champion before the present one its champion again.

    Example: sweepflow rollback breast-cancer

    Parameters
    ----------
    name
        The model's name.
    is_json
        Print one JSON object to standard output.
    """
    from sweepflow.flows.cli.actions.models import roll_back, show_change

    return answer_or_show(roll_back(name), show_change, is_json=is_json)
