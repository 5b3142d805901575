"""How the command handles signals that ask it to stop, from its start to its exit.

Imported before everything else, so it imports hardly more than the standard library. At first there is
nothing to undo, and the handler ends the process: no import can swallow that or turn it into another error.
While a sweep runs, the handler raises KeyboardInterrupt. Once the sweep has ended, a signal has no effect.
"""

import _thread
import atexit
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import Literal, NoReturn

from sweepflow.trials.state import SweepState

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_ONE_SIGNAL_SECONDS = 1.0
"""`timeout`, a closed terminal and process managers send a signal twice: to the command and to its group."""
_ORDERLY_SECONDS, _SHORTEST_PATIENCE_SECONDS = 4.0, 0.5
_PATIENCE_SECONDS = 8.0
"""So long after a signal the command ends, whatever it is waiting for."""
_FINAL_MESSAGE_SECONDS = 2.0
_POLL_SECONDS = 0.5

FinalMessage = Callable[[], int]
"""Writes how the command ended, without waiting for anything in this process; gives the exit code."""


@dataclass
class _Command:
    """The state of the one command that this process runs."""

    is_in_charge: bool = False
    received: signal.Signals | None = None
    received_at: float = 0.0
    reaction: Literal["end", "raise", "wait"] = "end"
    final_message: FinalMessage | None = None
    is_pointless: Callable[[], bool] | None = None
    code: int | None = None
    """The exit code, once all output is written."""


_command = _Command()


def install_handlers() -> None:
    """Handle the signals from now on; one that is ignored, as under nohup, stays ignored."""
    if not _command.is_in_charge:
        atexit.register(_exit_at_last)  # registered first, so called last
    _command.is_in_charge = True
    for number in SIGNALS:
        if signal.getsignal(number) not in (signal.SIG_IGN, handle):
            signal.signal(number, handle)


def restore_handlers() -> None:
    """Restore the default handlers, for when Prefect stops the command by its own rules."""
    _command.is_in_charge = False
    for number in SIGNALS:
        if signal.getsignal(number) is handle:
            default = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
            signal.signal(number, default)


def is_in_charge() -> bool:
    """Whether this process is a command that handles the signals itself."""
    return _command.is_in_charge


def received_signal() -> signal.Signals | None:
    """The signal that asked the command to stop; None if none was received."""
    return _command.received


def exit_code() -> int:
    """The exit code that a shell gives for the received signal: 130, 143 or 129."""
    return 128 + (_command.received or signal.SIGINT)


def patience() -> float:
    """How many seconds to wait, after a signal, for what can be cut short."""
    return max(_SHORTEST_PATIENCE_SECONDS, _command.received_at + _ORDERLY_SECONDS - time.monotonic())


def raise_from_now(final_message: FinalMessage | None = None) -> None:
    """Raise KeyboardInterrupt on a signal from now on, because there is something to undo.

    With a final message, the command writes it and ends if it does not end by itself in time. A second signal
    ends it at once.
    """
    _command.reaction, _command.final_message = "raise", final_message


def wait_from_now() -> None:
    """Ignore a signal from now on: finishing takes no longer than stopping would."""
    if _command.reaction == "raise":
        _command.reaction = "wait"


@contextmanager
def postponed() -> Iterator[None]:
    """Delay the KeyboardInterrupt of a signal until after this block."""
    reaction = _command.reaction
    wait_from_now()
    try:
        yield
    finally:
        signal_in_block, _command.reaction = _command.received, reaction
    if signal_in_block and reaction == "raise":
        raise KeyboardInterrupt


def skip_final_wait_when(is_pointless: Callable[[], bool]) -> None:
    """Do not wait at the end for what is still to be sent, once nobody can receive it any more."""
    _command.is_pointless = is_pointless


def exit_with(code: int) -> NoReturn:
    """End the process with that code; all output is written, so a signal now ends it at once."""
    _command.code = code
    _flush()
    if (is_pointless := _command.is_pointless) is not None:
        if is_pointless():
            _exit(code)
        _thread.start_new_thread(_exit_when, (is_pointless, code))
    sys.exit(code)


def handle(number: int, _frame: FrameType | None) -> None:
    """Handle a signal; the first one may raise KeyboardInterrupt."""
    if _command.code is not None:
        _exit(_command.code)
    now = time.monotonic()
    if _command.received is not None:
        if now - _command.received_at > _ONE_SIGNAL_SECONDS:
            _end()
        return
    _command.received, _command.received_at = signal.Signals(number), now
    if _command.reaction == "end":
        _end()
    if _command.final_message is not None:
        _thread.start_new_thread(_end_after, (_PATIENCE_SECONDS,))  # threading's locks may be taken now
    if _command.reaction == "raise":
        raise KeyboardInterrupt


def _end() -> NoReturn:
    """Write the final message and end the process now; the interrupted code may hold any lock."""
    code = [exit_code()]
    is_written = _thread.allocate_lock()
    is_written.acquire()

    def write_message() -> None:
        with suppress(Exception):  # the process ends anyway
            code[0] = (_command.final_message or _write_interrupted)()
        is_written.release()

    _thread.start_new_thread(write_message, ())
    is_written.acquire(timeout=_FINAL_MESSAGE_SECONDS)
    _exit(code[0])


def _write_interrupted() -> int:
    if "--json" in sys.argv[1:]:
        write_line(json.dumps({"state": SweepState.CANCELED, "errors": []}), is_answer=True)
    write_line("Interrupted.")
    return exit_code()


def write_line(line: str, *, is_answer: bool = False) -> None:
    """Write a line without Python's buffers, which another thread may be using."""
    with suppress(OSError):  # the reader has gone
        os.write(_answers if is_answer else 2, f"{line}\n".encode(errors="backslashreplace"))


def write_answers_to(descriptor: int) -> None:
    """Write the one JSON object to this file descriptor from now on."""
    global _answers
    _answers = descriptor


_answers = 1


def _end_after(seconds: float) -> None:
    time.sleep(seconds)
    if _command.code is not None:
        _exit(_command.code)
    _end()


def _exit_when(is_pointless: Callable[[], bool], code: int) -> None:
    while not is_pointless():
        time.sleep(_POLL_SECONDS)
    _exit(code)


def _exit(code: int) -> NoReturn:
    for descriptor in (1, 2):
        with suppress(OSError):
            if os.isatty(descriptor):
                os.write(descriptor, b"\x1b[?25h")  # show the cursor, which the live display has hidden
                break
    os._exit(code)


def _exit_at_last() -> None:
    """End the process: Python's own shutdown takes seconds, in which a signal would kill it."""
    if _command.code is not None:
        _flush()
        os._exit(_command.code)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
