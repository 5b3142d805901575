"""Interrupts that a library has swallowed, raised again where the flow can handle them.

A signal handler raises inside whatever code the main thread is running, which may belong to a library that
catches every exception. About one signal in some thousands was lost this way.
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
    """Gives a function that raises the exception of a signal handler again, if one was raised in this block.

    If the block is still running, that exception has been swallowed. The function does nothing if no signal
    was received. Outside the main thread, the only one that handles signals, nothing is recorded. If the
    command handles the signals itself, its handlers are used here too, and not Prefect's.
    """
    raised: list[BaseException] = []

    def raise_again() -> None:
        if raised:
            raise raised.pop().with_traceback(None)

    if threading.current_thread() is not threading.main_thread():
        yield raise_again
        return
    handlers = {sign: handler for sign in _recorded_signals() if callable(handler := signal.getsignal(sign))}
    for sign, handler in handlers.items():
        own = signals.handle if signals.is_in_charge() else handler
        signal.signal(sign, _recording(own, raised))
    try:
        yield raise_again
    finally:
        for sign, handler in handlers.items():
            signal.signal(sign, handler)


def has_runner() -> bool:
    """Whether a Prefect runner has started this process, for a flow run of a deployment."""
    return "PREFECT__FLOW_RUN_ID" in os.environ


def _recorded_signals() -> Iterator[signal.Signals]:
    # Prefect's runner waits for a flow to stop by itself only while Prefect's own handler is installed; it
    # kills a flow that has not ended after 30 s.
    return (sign for sign in signals.SIGNALS if not (has_runner() and sign == signal.SIGTERM))


def _recording(
    handler: Callable[[int, FrameType | None], object], raised: list[BaseException]
) -> Callable[[int, FrameType | None], None]:
    def handle(number: int, frame: FrameType | None) -> None:
        try:
            handler(number, frame)
        except BaseException as error:
            raised.append(error)
            raise

    return handle
