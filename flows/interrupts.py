"""Signals that ask the flow's process to stop, kept until the flow has heeded them.

A handler raises within whatever the main thread is just doing, which may be code of a library that catches
everything: a signal in some thousands was lost so.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interrupts_kept() -> Iterator[Callable[[], None]]:
    """Gives a function that handles a signal again whose handler raised in this block.

    While the block goes on, what was raised has been lost. The function does nothing where no signal came.
    Outside the main thread, which alone handles signals, none are kept.
    """
    came: list[Callable[[], object]] = []

    def handle_again() -> None:
        if came:
            came.pop()()

    if threading.current_thread() is not threading.main_thread():
        yield handle_again
        return
    before = {sign: handler for sign in _kept() if callable(handler := signal.getsignal(sign))}
    for sign, handler in before.items():
        signal.signal(sign, _keeping(handler, came))
    try:
        yield handle_again
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def has_runner() -> bool:
    """Whether a runner of Prefect's has started this process, for a flow run of a deployment."""
    return "PREFECT__FLOW_RUN_ID" in os.environ


def _kept() -> Iterator[signal.Signals]:
    # Prefect's runner believes that a flow will end as asked only while Prefect's own handler is in place;
    # it kills a flow that has not ended after 30 s.
    return (sign for sign in _SIGNALS if not (has_runner() and sign == signal.SIGTERM))


def _keeping(
    handler: Callable[[int, FrameType | None], object], came: list[Callable[[], object]]
) -> Callable[[int, FrameType | None], None]:
    def keep(number: int, frame: FrameType | None) -> None:
        try:
            handler(number, frame)
        except BaseException:
            came.append(lambda: handler(number, None))
            raise

    return keep
