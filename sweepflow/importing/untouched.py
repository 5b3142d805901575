"""An import of the user's code that is made for a check alone, and so must leave no trace in this process.

What a trainer sets when it is imported, such as how much is logged, is meant for the process that trains.
"""

import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def untouched() -> Iterator[None]:
    """Put back what the block has changed of logging, warnings, signals, the path, hooks and the folder."""
    path, hook, limit = sys.path.copy(), sys.excepthook, sys.getrecursionlimit()
    folder = Path.cwd()
    with warnings.catch_warnings(), _untouched_logging(), _untouched_signals():
        try:
            yield
        finally:
            sys.excepthook = hook
            # What it has added stays to be found, but after all else.
            sys.path[:] = [*path, *(entry for entry in sys.path if entry not in path)]
            with suppress(RecursionError):  # it is deeper than that by now
                sys.setrecursionlimit(limit)
            os.chdir(folder)


@contextmanager
def _untouched_logging() -> Iterator[None]:
    root = logging.getLogger()
    level, handlers, least = root.level, root.handlers.copy(), root.manager.disable
    loggers = [each for each in root.manager.loggerDict.values() if isinstance(each, logging.Logger)]
    were_disabled = [each.disabled for each in loggers]
    try:
        yield
    finally:
        root.setLevel(level)
        root.handlers[:] = handlers
        logging.disable(least)
        for each, was_disabled in zip(loggers, were_disabled, strict=True):
            each.disabled = was_disabled


@contextmanager
def _untouched_signals() -> Iterator[None]:
    before = {each: signal.getsignal(each) for each in _SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            is_main = threading.current_thread() is threading.main_thread()  # no other may set any
            if is_main and handler is not None and signal.getsignal(each) is not handler:
                signal.signal(each, handler)
