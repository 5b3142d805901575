"""Functions of a script or a notebook, which live in no module that another process could import.

Each is written to a file of the user's home, and named by it: `cell_3f2a9c81b7d4:train`. A deployed flow runs
such a function only if its module is allowed, as any other; loading one runs code.
"""

import hashlib
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import cloudpickle

from sweepflow.base.files import private_folder, replacing
from sweepflow.base.settings import home

_NAME = re.compile(r"cell_[0-9a-f]{12}")


def ship(function: Callable[..., Any], name: str) -> str:
    """Write the function, with what it refers to, to a file; gives its path in a spec.

    Raises what cloudpickle raises where the function refers to something that cannot be sent elsewhere.
    """
    content = cloudpickle.dumps({name: function})
    module = f"cell_{hashlib.sha256(content).hexdigest()[:12]}"
    private_folder(file_of(module).parent)
    with replacing(file_of(module)) as partial:
        partial.write_bytes(content)
    return f"{module}:{name}"


def is_shipped(module: str) -> bool:
    """Whether a module of this name is the file of a function that was shipped."""
    return _NAME.fullmatch(module) is not None


def names_in(text: str) -> list[str]:
    """The modules of shipped functions that a text names."""
    return _NAME.findall(text)


@cache
def shipped_module(module: str) -> ModuleType:
    """The function in a module of its own; FileNotFoundError if its file is gone."""
    loaded = ModuleType(module)
    vars(loaded).update(cloudpickle.loads(file_of(module).read_bytes()))
    return loaded


def file_of(module: str) -> Path:
    """The file of a shipped function."""
    return home() / "functions" / f"{module}.pkl"
