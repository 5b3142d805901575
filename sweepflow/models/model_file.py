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
from sweepflow.models.skops_io import skops_io
from sweepflow.models.trusted_types import TRUSTED_TYPES

_NEVER_AS_A_WHOLE = {"joblib", "numpy", "pandas", "scipy", "sklearn", "sweepflow"}
"""Packages that hold much more than models need: only single types of them may be trusted."""


class ModelError(SweepflowError):
    """A model cannot be written, or its file must not be loaded."""


def save_model(model: Any, path: Path) -> None:
    """Write a model by skops, under a temporary name first; ModelError if skops cannot write it."""
    skops = skops_io()
    from sweepflow.models.writable_parts import NotWritable

    private_folder(path.parent)
    try:
        with replacing(path) as partial:
            skops.dump(model, partial)
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

    Loads only types on a short list, and types that the allowed estimator packages, `trusted_modules` and
    their submodules define themselves; raises ModelError with the names of any others.
    """
    skops = skops_io()
    try:
        types = skops.get_untrusted_types(file=path)
    except FileNotFoundError as error:
        raise ModelError(f"there is no model file '{path}'") from error
    except Exception as error:
        raise ModelError(f"'{path}' is not a skops model file: {type(error).__name__}: {error}") from error
    roots = (*estimator_packages()[1:], *trusted_modules)
    unlisted = [name for name in types if name not in TRUSTED_TYPES]
    if refused := [name for name in unlisted if not _is_below(name, roots)]:
        raise ModelError(f"{_file_and_remedy(path, refused)} {_not_trusted(refused)}")
    for root in roots:
        use_module_folders(root)
    if refused := [name for name in unlisted if _is_imported(name, roots)]:
        raise ModelError(f"'{path}' {_not_trusted(refused)}")
    try:
        return skops.load(path, trusted=types)
    except Exception as error:
        raise ModelError(f"'{path}' cannot be loaded: {type(error).__name__}: {error}") from error


def _not_trusted(names: list[str]) -> str:
    return f"holds types that are not trusted: {', '.join(sorted(names))}"


def _file_and_remedy(path: str | os.PathLike[str], refused: list[str]) -> str:
    """The beginning of the message: the file, and which packages to allow if that is enough."""
    packages = sorted({name.partition(".")[0] for name in refused})
    if any(package in sys.stdlib_module_names or package in _NEVER_AS_A_WHOLE for package in packages):
        return f"'{path}'"
    return f"'{path}' is loaded only where SWEEPFLOW_ESTIMATOR_PACKAGES names {' and '.join(packages)}: it"


def _is_below(name: str, roots: tuple[str, ...]) -> bool:
    return any(name.startswith(f"{root}.") for root in roots)


def _is_imported(name: str, roots: tuple[str, ...]) -> bool:
    """Whether a module of these packages has imported that name, as by `from subprocess import run`.

    A model file may call whatever it may name, with arguments of its own choice.
    """
    module, _, own = name.rpartition(".")
    try:
        value = getattr(importlib.import_module(module), own)
    except Exception:  # noqa: BLE001  a method, whose class is checked itself, or a name that cannot be loaded
        return False
    return not _is_below(f"{getattr(value, '__module__', None)}.", roots)
