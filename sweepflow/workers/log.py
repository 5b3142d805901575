"""The log of a trial's output: limiting its length, adding notes, and reading its last lines."""

import os
import re
from contextlib import suppress
from pathlib import Path

from sweepflow.base.printable import printable

_KEPT_BYTES = 10_000_000
_MAX_BYTES = 15_000_000
_N_LINES = 50
_TAIL_BYTES = 32_000  # a bound for output without newlines
_NOTICE = re.compile(rb"\[(\d+) bytes of output were left out here\]\n")


def is_too_long(log: Path) -> bool:
    """Whether the log has to be cut; False if it does not exist."""
    try:
        return log.stat().st_size > _MAX_BYTES
    except OSError:
        return False


def cut(log: Path) -> None:
    """Drop the beginning of a log that is too long; its last 10 MB stay, after a line that says what is gone.

    Writers must append, as workers do; what they write during the cut may be lost.
    """
    descriptor = os.open(log, os.O_RDWR | os.O_APPEND)
    try:
        size = os.fstat(descriptor).st_size
        if size > _MAX_BYTES:
            _cut(descriptor, size)
    finally:
        os.close(descriptor)


def _cut(descriptor: int, size: int) -> None:
    rest = _from_line_start(os.pread(descriptor, _KEPT_BYTES, size - _KEPT_BYTES))
    n_dropped = size - len(rest)
    if earlier := _NOTICE.match(os.pread(descriptor, 100, 0)):
        n_dropped += int(earlier[1]) - len(earlier[0])
    os.ftruncate(descriptor, 0)
    os.write(descriptor, b"[%d bytes of output were left out here]\n" % n_dropped + rest)


def _from_line_start(block: bytes) -> bytes:
    start = block.find(b"\n") + 1
    return block[start:] if block.count(b"\n", start) >= _N_LINES else block


def note(log: Path, text: str) -> None:
    """Add a line of our own; a failure to write is ignored, as the ledger holds the text too."""
    with suppress(OSError):
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"[{text}]\n")


def tail(log: Path) -> str:
    """The last 50 lines (at most 32 kB), control characters made visible; empty if there is no log."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL_BYTES))
            block = file.read(_TAIL_BYTES)
    except FileNotFoundError:
        return ""
    lines = block.decode(errors="backslashreplace").rstrip("\n").split("\n")
    return "\n".join(map(_visible, lines[-_N_LINES:]))


def _visible(line: str) -> str:
    return "\t".join(map(printable, line.removesuffix("\r").split("\t")))
