"""Keeps modules in the working directory from shadowing those of Python and Sweepflow.

It is imported before any module that a file of the user's could shadow, and uses only modules that Python has
loaded already.
"""

import os
import sys

_VARIABLE = "PYTHONSAFEPATH"
_BY_US = "sweepflow"
"""Python accepts any text as the value; this one shows that we have set it and not the user."""
_FOLDER = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))  # noqa: PTH120
"""The folder that contains the package."""


def leave_working_directory() -> None:
    """Remove the folder that `python -m sweepflow` puts first on the path, unless it contains the package."""
    is_located = sys.argv[:1] == ["-m"] and not sys.flags.safe_path  # while Python looks for `__main__`
    runs_us = any(part.partition(".")[0] == "sweepflow" for part in sys.orig_argv)
    if is_located and runs_us and os.path.realpath(sys.path[0]) != _FOLDER:
        del sys.path[0]


def protect_children() -> None:
    """Keep processes that are started from now on from importing modules of the working directory."""
    os.environ.setdefault(_VARIABLE, _BY_US)


def environment_for_trial(environment: dict[str, str], *, runs_programs: bool) -> dict[str, str]:
    """The environment of a training process, kept likewise unless it may run the user's programs."""
    if runs_programs:  # these need their own folder
        return {name: value for name, value in environment.items() if (name, value) != (_VARIABLE, _BY_US)}
    return {_VARIABLE: _BY_US, **environment}
