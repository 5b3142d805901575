"""How the command answers a signal that asks it to stop, from its first line to its last.

Imported before all else, so it needs nothing but Python's own. At first there is nothing to undo, and the
command ends within the handler: no import can swallow that, or make something else of it. While a sweep
runs, the handler raises KeyboardInterrupt; once the sweep has ended, the signal comes too late.
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
"""`timeout`, a closed terminal and process managers send a signal to the command and to its group."""
_ORDERLY_SECONDS, _SHORTEST_PATIENCE_SECONDS = 4.0, 0.5
_PATIENCE_SECONDS = 8.0
"""After that the command ends, whatever it is waiting for."""
_FINAL_MESSAGE_SECONDS = 2.0
_POLL_SECONDS = 0.5

FinalMessage = Callable[[], int]
"""Says how it ended without waiting for anything of this process; gives the exit code."""


@dataclass
class _Command:
    """The one command that this process runs."""

    is_in_charge: bool = False
    received: signal.Signals | None = None
    received_at: float = 0.0
    reaction: Literal["end", "raise", "wait"] = "end"
    final_message: FinalMessage | None = None
    is_pointless: Callable[[], bool] | None = None
    code: int | None = None
    """The exit code, once all is said."""


_command = _Command()


def install_handlers() -> None:
    """Answer the signals from now on; one that is ignored, as under nohup, stays so."""
    if not _command.is_in_charge:
        atexit.register(_exit_at_last)  # the first to be registered is the last to be called
    _command.is_in_charge = True
    for number in SIGNALS:
        if signal.getsignal(number) not in (signal.SIG_IGN, handle):
            signal.signal(number, handle)


def restore_handlers() -> None:
    """Leave the signals to somebody else again, who ends the command as it was ended before."""
    _command.is_in_charge = False
    for number in SIGNALS:
        if signal.getsignal(number) is handle:
            usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
            signal.signal(number, usual)


def is_in_charge() -> bool:
    """Whether this process is a command that answers the signals itself."""
    return _command.is_in_charge


def received_signal() -> signal.Signals | None:
    """The signal that asked the command to stop; None if none has come."""
    return _command.received


def exit_code() -> int:
    """What a shell calls the end by the signal that came: 130, 143 or 129."""
    return 128 + (_command.received or signal.SIGINT)


def patience() -> float:
    """The seconds for which what can be cut short is waited for, now that a signal has come."""
    return max(_SHORTEST_PATIENCE_SECONDS, _command.received_at + _ORDERLY_SECONDS - time.monotonic())


def raise_from_now(final_message: FinalMessage | None = None) -> None:
    """There is something to undo: raise KeyboardInterrupt.

    With last words, the command ends with them if it does not end by itself, as it does at once if it is
    told a second time to stop.
    """
    _command.reaction, _command.final_message = "raise", final_message


def wait_from_now() -> None:
    """Nothing is left to stop: what still happens takes no longer than stopping would."""
    if _command.reaction == "raise":
        _command.reaction = "wait"


@contextmanager
def postponed() -> Iterator[None]:
    """Raise after this block, and not within it, what a signal would raise in it."""
    before = _command.reaction
    wait_from_now()
    try:
        yield
    finally:
        was_told, _command.reaction = _command.received, before
    if was_told and before == "raise":
        raise KeyboardInterrupt


def skip_final_wait_when(is_pointless: Callable[[], bool]) -> None:
    """Do not wait at the end for what is still to be sent once nobody can take it any more."""
    _command.is_pointless = is_pointless


def exit_with(code: int) -> NoReturn:
    """End the process with that code, all being said; a signal that comes now ends it at once."""
    _command.code = code
    _flush()
    if (is_pointless := _command.is_pointless) is not None:
        if is_pointless():
            _exit(code)
        _thread.start_new_thread(_exit_when, (is_pointless, code))
    sys.exit(code)


def handle(number: int, _frame: FrameType | None) -> None:
    """What a signal does; the first one may raise KeyboardInterrupt."""
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
    """End the process now, with its last words; what it was doing may hold any lock."""
    code = [exit_code()]
    spoken = _thread.allocate_lock()
    spoken.acquire()

    def speak() -> None:
        with suppress(Exception):  # the process ends, whatever it is
            code[0] = (_command.final_message or _write_interrupted)()
        spoken.release()

    _thread.start_new_thread(speak, ())
    spoken.acquire(timeout=_FINAL_MESSAGE_SECONDS)
    _exit(code[0])


def _write_interrupted() -> int:
    if "--json" in sys.argv[1:]:
        write_line(json.dumps({"state": SweepState.CANCELED, "errors": []}), is_answer=True)
    write_line("Interrupted.")
    return exit_code()


def write_line(line: str, *, is_answer: bool = False) -> None:
    """Print a line past all buffers, of which another thread may be in the middle."""
    with suppress(OSError):  # nobody reads it
        os.write(_answers if is_answer else 2, f"{line}\n".encode(errors="backslashreplace"))


def write_answers_to(descriptor: int) -> None:
    """Where the one JSON object goes from now on."""
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
                os.write(descriptor, b"\x1b[?25h")  # the live display has hidden the cursor
                break
    os._exit(code)


def _exit_at_last() -> None:
    """End the process: what Python still does then takes seconds, and a signal would kill it."""
    if _command.code is not None:
        _flush()
        os._exit(_command.code)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
