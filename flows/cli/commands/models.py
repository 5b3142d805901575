"""`sweepflow models`."""

from sweepflow.flows.cli.screen.answer import IsJson, answer_or_show


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

    if name is None:
        return answer_or_show(all_models(), show_models, is_json=is_json)
    return answer_or_show(one_model(name), show_model, is_json=is_json)
