"""Why a command has failed, in one sentence, from its exit code and the end of its output."""

import re
import signal
from typing import NamedTuple

from sweepflow.base import signals

_NOT_FOUND = 127
_NOT_EXECUTABLE = 126
_SIGNALED = 128
"""A shell adds this to the number of the signal that has ended its command."""

_HEADER = "Traceback (most recent call last):"
_EXCEPTION = re.compile(r"([A-Za-z_]\w*\.)*[A-Za-z_]\w*(:( .*)?)?")
_NAMED_ERROR = re.compile(r"([A-Za-z_]\w*\.)*\w*(Error|Exception)(: .*)?")
_N_AFTER = 10
"""How many lines may follow the beginning of the exception's message, which may have several."""

_NO_MODULE = re.compile(r"(?:ModuleNotFoundError|ImportError): No module named '?([\w.]+)'?")
_INSTALL_MLFLOW = "pip install 'sweepflow[mlflow]'"
_INSTALL = "install it in the environment that runs sweepflow, or have it in `trial.code`"

_SOUNDS_LIKE_ERROR = re.compile(
    r"\berror\b|not found|no such|denied|can't|cannot|unable|fatal|panic|segmentation|invalid", re.IGNORECASE
)
_CLOSINGS = ("Execution halted",)
"""Last lines that say only that it is over, such as R's."""


class Failure(NamedTuple):
    """Why, and whether the system is to blame rather than the command."""

    reason: str
    is_lost: bool


def why(code: int, output: str) -> Failure:
    """Why a command failed that ended with this code, negative for a signal, after printing this last."""
    if (number := _signal(code)) is not None:
        return Failure(f"the command was ended by {signals.in_words(number)}", is_lost=True)
    lines = [line for line in re.split(r"[\r\n]+", output) if line.strip()]
    if exception := _exception(lines):
        if missing := _NO_MODULE.fullmatch(exception):
            exception += f": {_INSTALL_MLFLOW if missing[1] == 'mlflow' else _INSTALL}"
        return Failure(exception if code == 1 else f"{exception} (exit code {code})", is_lost=False)
    error = _error(lines)
    if error and code in (_NOT_FOUND, _NOT_EXECUTABLE):
        return Failure(error, is_lost=False)
    reason = f"the command ended with exit code {code}"
    return Failure(f"{reason}: {error}" if error else reason, is_lost=False)


def _signal(code: int) -> int | None:
    number = -code if code < 0 else code - _SIGNALED
    return number if code < 0 or number in set(signal.Signals) else None


def _exception(lines: list[str]) -> str | None:
    """The last line of a Python traceback, if that is the end of the output."""
    headers = [index for index, line in enumerate(lines) if line.startswith(_HEADER)]
    if headers:
        rest = lines[headers[-1] + 1 :]
        for index, line in enumerate(rest):
            if _EXCEPTION.fullmatch(line):
                return line.rstrip(": ") if len(rest) - index <= _N_AFTER else None
    # It has no such header if the code cannot be parsed, or the traceback is very long.
    return next((line for line in reversed(lines[-3:]) if _NAMED_ERROR.fullmatch(line)), None)


def _error(lines: list[str]) -> str | None:
    """The last line, if it sounds like an error."""
    last = next((line.strip() for line in reversed(lines[-3:]) if line.strip() not in _CLOSINGS), "")
    return last if _SOUNDS_LIKE_ERROR.search(last) else None
