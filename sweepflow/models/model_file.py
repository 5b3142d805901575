"""Model files that run no code when they are loaded.

skops is imported where it is used: it imports all of scikit-learn, which takes a second.
"""

import importlib
import os
import sys
from pathlib import Path
from typing import Any

from sweepflow.base.files import private_folder, replacing
from sweepflow.base.settings import estimator_packages
from sweepflow.errors import SweepflowError
from sweepflow.importing.user_modules import use_module_folders
from sweepflow.models.trusted_types import TRUSTED_TYPES

_BY_NAME_ALONE = {"joblib", "numpy", "pandas", "scipy", "sklearn", "sweepflow"}
"""Packages that hold much more than models need, and so are never to be allowed as a whole."""


class ModelError(SweepflowError):
    """A model cannot be written, or its file must not be loaded."""


def save_model(model: Any, path: Path) -> None:
    """Write a model by skops, under a temporary name first; ModelError if skops cannot write it."""
    import skops.io

    from sweepflow.models.parts import NotWritable

    private_folder(path.parent)
    try:
        with replacing(path) as partial:
            skops.io.dump(model, partial)
    except OSError:
        raise
    except Exception as error:
        kind = f"{type(model).__module__}.{type(model).__qualname__}"
        reason = f"{type(error).__name__}: {error}"
        if isinstance(error, NotWritable):
            reason = str(error)
        elif isinstance(error, RecursionError):
            reason = "a part of it refers to the whole, or it is nested too deeply"
        raise ModelError(f"the model, a {kind}, cannot be saved: {reason}") from error


def load_model(path: str | os.PathLike[str], *, trusted_modules: tuple[str, ...] = ()) -> Any:
    """The model in a `model.skops` file.

    Only types on a short list, and those that the allowed estimator packages and `trusted_modules` (and what
    lies below them) define themselves, are loaded; ModelError names any other one.
    """
    import skops.io

    try:
        found = skops.io.get_untrusted_types(file=path)
    except FileNotFoundError as error:
        raise ModelError(f"there is no model file '{path}'") from error
    except Exception as error:
        raise ModelError(f"'{path}' is not a skops model file: {type(error).__name__}: {error}") from error
    roots = (*estimator_packages()[1:], *trusted_modules)
    named = [name for name in found if name not in TRUSTED_TYPES]
    if refused := [name for name in named if not _is_below(name, roots)]:
        raise ModelError(f"{_beginning(path, refused)} {_not_trusted(refused)}")
    for root in roots:
        use_module_folders(root)
    if refused := [name for name in named if _is_borrowed(name, roots)]:
        raise ModelError(f"'{path}' {_not_trusted(refused)}")
    try:
        return skops.io.load(path, trusted=found)
    except Exception as error:
        raise ModelError(f"'{path}' cannot be loaded: {type(error).__name__}: {error}") from error


def _not_trusted(names: list[str]) -> str:
    return f"holds types that are not trusted: {', '.join(sorted(names))}"


def _beginning(path: str | os.PathLike[str], refused: list[str]) -> str:
    """The beginning of the refusal, with what to do where all the types are of packages to be allowed."""
    packages = sorted({name.partition(".")[0] for name in refused})
    if any(package in sys.stdlib_module_names or package in _BY_NAME_ALONE for package in packages):
        return f"'{path}'"
    return f"'{path}' is loaded only where SWEEPFLOW_ESTIMATOR_PACKAGES names {' and '.join(packages)}: it"


def _is_below(name: str, roots: tuple[str, ...]) -> bool:
    return any(name.startswith(f"{root}.") for root in roots)


def _is_borrowed(name: str, roots: tuple[str, ...]) -> bool:
    """Whether a module of these packages has that name from elsewhere, as by `from subprocess import run`.

    A file may call whatever is trusted in it, with arguments of its own.
    """
    module, _, own = name.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), own)
    except Exception:  # noqa: BLE001  a method, whose type is looked at itself, or what cannot be loaded
        return False
    return not _is_below(f"{getattr(found, '__module__', None)}.", roots)
