"""Restores the state of this process after an import of the user's code that only serves a check.

A trainer's module may change settings when it is imported, such as the level of logging. These changes are
meant for the process that trains.
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
def restore_process_state() -> Iterator[None]:
    """Undo the block's changes to logging, warnings, signals, the path, hooks and the working directory."""
    path, hook, limit = sys.path.copy(), sys.excepthook, sys.getrecursionlimit()
    folder = Path.cwd()
    with warnings.catch_warnings(), _restore_logging(), _restore_signals():
        try:
            yield
        finally:
            sys.excepthook = hook
            # Modules in folders that it has added can still be imported, but after all others.
            sys.path[:] = [*path, *(entry for entry in sys.path if entry not in path)]
            with suppress(RecursionError):  # the stack is deeper than that already
                sys.setrecursionlimit(limit)
            os.chdir(folder)


@contextmanager
def _restore_logging() -> Iterator[None]:
    root = logging.getLogger()
    level, handlers, disabled_level = root.level, root.handlers.copy(), root.manager.disable
    loggers = [entry for entry in root.manager.loggerDict.values() if isinstance(entry, logging.Logger)]
    were_disabled = [logger.disabled for logger in loggers]
    try:
        yield
    finally:
        root.setLevel(level)
        root.handlers[:] = handlers
        logging.disable(disabled_level)
        for logger, was_disabled in zip(loggers, were_disabled, strict=True):
            logger.disabled = was_disabled


@contextmanager
def _restore_signals() -> Iterator[None]:
    handlers = {number: signal.getsignal(number) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            is_main = threading.current_thread() is threading.main_thread()  # only this one may set handlers
            if is_main and handler is not None and signal.getsignal(number) is not handler:
                signal.signal(number, handler)
