"""What a trial prints: kept within bounds, and its end shown to people."""

import os
import re
from contextlib import suppress
from pathlib import Path

from sweepflow.base.printable import printable

_MOST = 10_000_000  # bytes
_KEPT = _MOST // 2
_N_LINES = 50
_SHOWN = 32_000  # bytes; for who prints without newlines
_NOTICE = re.compile(rb"\[(\d+) bytes of output were left out here\]\n")


def is_too_long(log: Path) -> bool:
    """Whether the log is to be cut; one that is not there is not."""
    try:
        return log.stat().st_size > _MOST
    except OSError:
        return False


def cut(log: Path) -> None:
    """Drop the beginning of a log that is too long; its last 5 MB stay, behind a line that tells of the rest.

    Whoever writes to it must append, as workers do; what is written meanwhile may be lost.
    """
    descriptor = os.open(log, os.O_RDWR | os.O_APPEND)
    try:
        size = os.fstat(descriptor).st_size
        if size > _MOST:
            _cut(descriptor, size)
    finally:
        os.close(descriptor)


def _cut(descriptor: int, size: int) -> None:
    kept = _from_line_start(os.pread(descriptor, _KEPT, size - _KEPT))
    n_gone = size - len(kept)
    if earlier := _NOTICE.match(os.pread(descriptor, 100, 0)):
        n_gone += int(earlier[1]) - len(earlier[0])
    os.ftruncate(descriptor, 0)
    os.write(descriptor, b"[%d bytes of output were left out here]\n" % n_gone + kept)


def _from_line_start(block: bytes) -> bytes:
    start = block.find(b"\n") + 1
    return block[start:] if block.count(b"\n", start) >= _N_LINES else block


def note(log: Path, text: str) -> None:
    """Add a line of our own, if the disk takes it: the ledger knows it too."""
    with suppress(OSError):
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"[{text}]\n")


def tail(log: Path) -> str:
    """The last 50 lines (32 kB at the most), control characters made visible; empty if there is nothing."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _SHOWN))
            block = file.read(_SHOWN)
    except FileNotFoundError:
        return ""
    lines = block.decode(errors="backslashreplace").rstrip("\n").split("\n")
    return "\n".join(map(_visible, lines[-_N_LINES:]))


def _visible(line: str) -> str:
    return "\t".join(map(printable, line.removesuffix("\r").split("\t")))
