"""Tells at the end of a script that fails which data set it has missed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_missed: list[Exception] = []


def tell_if_it_fails(missed: Exception) -> None:
    """Make this error the cause that is told, if the script goes on without the data set and then fails."""
    if not _missed:
        sys.excepthook = _hook_around(sys.excepthook)
    _missed.append(missed)


def _hook_around(hook: Callable[..., object]) -> Callable[..., None]:
    def explain(_: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        missed = _missed[0]
        if not isinstance(error, (type(missed), KeyboardInterrupt)):
            missed.__cause__ = error
            error = missed
        hook(type(error), error, trace)

    return explain
