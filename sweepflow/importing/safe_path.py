"""Keeps modules of the working directory from standing in for those of Python and Sweepflow.

Imported before anything that a file of the user's could stand in for; what it uses, Python has loaded.
"""

import os
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec

_VARIABLE = "PYTHONSAFEPATH"
_BY_US = "sweepflow"
"""Any text sets it; this one tells that the user did not."""


def leave_working_directory() -> None:
    """Take back what `python -m` has put first on the path, if it runs us and we do not lie there."""
    is_located = sys.argv[:1] == ["-m"] and not sys.flags.safe_path  # the package, before its `__main__`
    runs_us = any(part.partition(".")[0] in ("sweepflow", "flows") for part in sys.orig_argv)
    if is_located and runs_us and folder_of(__file__) != os.path.realpath(sys.path[0]):
        del sys.path[0]


def import_own(package: str, folder: str) -> None:
    """Import a package of ours from this folder; ImportError if something else is imported under its name."""
    module = sys.modules.get(package)
    if module is None:
        found = PathFinder.find_spec(package, [folder])
        if found is None or found.loader is None:
            raise ImportError(f"there is no package '{package}' in {folder}: install Sweepflow again")
        module = sys.modules[package] = module_from_spec(found)
        found.loader.exec_module(module)
    elif folder_of(module.__file__ or "") != folder:
        other = module.__file__ or "a folder without __init__.py"
        raise ImportError(f"Sweepflow needs the name '{package}', which {other} has taken: rename that")


def folder_of(package_file: str) -> str:
    """The folder in which a package lies, given a file of it."""
    return os.path.dirname(os.path.dirname(os.path.realpath(package_file)))  # noqa: PTH120


def keep_for_children() -> None:
    """Let processes that are started from now on look for no module in the working directory."""
    os.environ.setdefault(_VARIABLE, _BY_US)


def for_trial(environment: dict[str, str], *, runs_programs: bool) -> dict[str, str]:
    """The same for a process that trains, unless it may run programs of the user's that need their folder."""
    if runs_programs:
        return {name: value for name, value in environment.items() if (name, value) != (_VARIABLE, _BY_US)}
    return {_VARIABLE: _BY_US, **environment}
