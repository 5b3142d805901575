"""A function as a spec has it: by its module if another process can import that, else shipped in a file."""

import pickle
import sys
from collections.abc import Callable
from typing import Any

from sweepflow.errors import Problem, SpecError
from sweepflow.training import is_trainer
from sweepflow.training.shipped_functions import ship


def function_fields(function: Callable[..., Any]) -> dict[str, Any]:
    """The path of the function; SpecError if it is no trainer or cannot be sent to another process."""
    name = getattr(function, "__name__", type(function).__name__)
    if not is_trainer(function):
        rule = f"'{name}' is not a trainer; put @sweepflow.trainer above it"
        raise SpecError([Problem("trial.function", rule)])
    if _is_importable(function, name):
        return {"function": f"{function.__module__}:{name}"}
    try:
        return {"function": ship(function, name if name.isidentifier() else "train")}
    except (pickle.PicklingError, TypeError, AttributeError, ValueError) as error:
        reason = f"'{name}' cannot be sent to the processes that train: {error}"
        cure = "leave what it refers to out, or make it inside the function"
        raise SpecError([Problem("trial.function", f"{reason}; {cure}")]) from error


def _is_importable(function: Callable[..., Any], name: str) -> bool:
    """Whether another process finds the function in a module of that name."""
    module = sys.modules.get(function.__module__)
    has_file = getattr(module, "__spec__", None) is not None and function.__module__ != "__main__"
    return has_file and getattr(module, name, None) is function
