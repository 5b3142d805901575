"""Lets a caller of the flow, such as the command line, see its progress as it happens."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sweepflow.sweep import Progress

Watcher = Callable[[Progress], None]

_watcher: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """Tell the watcher of the progress of every sweep that runs in this block."""
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)


def tell(progress: Progress) -> None:
    """Hand the progress to the watcher, if there is one."""
    watcher = _watcher.get()
    if watcher is not None:
        watcher(progress)
