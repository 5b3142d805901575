"""`sweepflow models`."""

from rich.console import Console

from sweepflow.flows.cli.screen.answer import DONE, IsJson, answer


def models(name: str | None = None, /, *, is_json: IsJson = False) -> int:
    """List the registered models, or the versions of one and how its champion came to be.

    Example: sweepflow models breast-cancer

    Parameters
    ----------
    name
        The model's name; without it, all models are listed.
    is_json
        Print one JSON object to standard output.
    """
    from sweepflow.flows.cli.actions.models import all_models, one_model, show_model, show_models

    registered = all_models() if name is None else one_model(name)
    if is_json:
        answer(registered)
    elif name is None:
        show_models(Console(highlight=False), registered)
    else:
        show_model(Console(highlight=False), registered)
    return DONE
