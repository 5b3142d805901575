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

from sweepflow.flows.engine import signals


@contextmanager
def lost_interrupts() -> Iterator[Callable[[], None]]:
    """Gives a function that raises again what a signal's handler raised in this block.

    While the block goes on, that has been lost. The function does nothing where no signal came.
    Outside the main thread, which alone handles signals, none are kept. A command that answers the signals
    itself does so here too, and not Prefect in its stead.
    """
    came: list[BaseException] = []

    def raise_again() -> None:
        if came:
            raise came.pop().with_traceback(None)

    if threading.current_thread() is not threading.main_thread():
        yield raise_again
        return
    before = {sign: handler for sign in _kept() if callable(handler := signal.getsignal(sign))}
    for sign, handler in before.items():
        own = signals.handle if signals.is_in_charge() else handler
        signal.signal(sign, _keeping(own, came))
    try:
        yield raise_again
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def has_runner() -> bool:
    """Whether a runner of Prefect's has started this process, for a flow run of a deployment."""
    return "PREFECT__FLOW_RUN_ID" in os.environ


def _kept() -> Iterator[signal.Signals]:
    # Prefect's runner believes that a flow will end as asked only while Prefect's own handler is in place;
    # it kills a flow that has not ended after 30 s.
    return (sign for sign in signals.SIGNALS if not (has_runner() and sign == signal.SIGTERM))


def _keeping(
    handler: Callable[[int, FrameType | None], object], came: list[BaseException]
) -> Callable[[int, FrameType | None], None]:
    def keep(number: int, frame: FrameType | None) -> None:
        try:
            handler(number, frame)
        except BaseException as raised:
            came.append(raised)
            raise

    return keep
