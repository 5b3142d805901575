"""Imports a module of the user's by its name."""

import importlib
from types import ModuleType

from sweepflow.importing.user_modules import use_module_folders, why_failed, why_hidden


def import_user_module(name: str) -> ModuleType:
    """The user's module of this name; ImportError, with what is wrong in one sentence, if that fails."""
    use_module_folders(name)
    if reason := why_hidden(name):
        raise ImportError(reason)
    try:
        module = importlib.import_module(name)
    except (Exception, SystemExit) as error:
        reason = why_failed(error)
        more = f"; {reason}" if reason else ""
        raise ImportError(f"cannot import '{name}': {type(error).__name__}: {error}{more}") from error
    if reason := why_hidden(name):
        raise ImportError(reason)
    return module
