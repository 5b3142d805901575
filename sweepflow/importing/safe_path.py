"""Keeps modules of the working directory from standing in for those of Python and Sweepflow.

Imported before anything that a file of the user's could stand in for; what it uses, Python has loaded.
"""

import os
import sys

_VARIABLE = "PYTHONSAFEPATH"
_BY_US = "sweepflow"
"""Any text sets it; this one tells that the user did not."""
_FOLDER = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))  # noqa: PTH120
"""The folder in which the package lies."""


def leave_working_directory() -> None:
    """Take back what `python -m` has put first on the path, if it runs us and we do not lie there."""
    is_located = sys.argv[:1] == ["-m"] and not sys.flags.safe_path  # the package, before its `__main__`
    runs_us = any(part.partition(".")[0] == "sweepflow" for part in sys.orig_argv)
    if is_located and runs_us and os.path.realpath(sys.path[0]) != _FOLDER:
        del sys.path[0]


def keep_for_children() -> None:
    """Let processes that are started from now on look for no module in the working directory."""
    os.environ.setdefault(_VARIABLE, _BY_US)


def for_trial(environment: dict[str, str], *, runs_programs: bool) -> dict[str, str]:
    """The same for a process that trains, unless it may run programs of the user's that need their folder."""
    if runs_programs:
        return {name: value for name, value in environment.items() if (name, value) != (_VARIABLE, _BY_US)}
    return {_VARIABLE: _BY_US, **environment}
