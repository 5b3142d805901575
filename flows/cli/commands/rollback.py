"""`sweepflow rollback`."""

from rich.console import Console

from sweepflow.flows.cli.screen.answer import DONE, IsJson, answer


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

    change = roll_back(name)
    if is_json:
        answer(change)
    else:
        show_change(Console(highlight=False), change)
    return DONE
