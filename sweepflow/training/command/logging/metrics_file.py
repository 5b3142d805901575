"""The file that a script appends its metrics to, read while the script runs."""

import json
import os
import re
import stat
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sweepflow.base.printable import printable, shortened
from sweepflow.errors import TrialError

_CHUNK_BYTES = _LONGEST_LINE = 1_000_000
_N_COMPARED = 64
_LONGEST_SHOWN = 120
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?|[-+]?(nan|inf|infinity)|na", re.IGNORECASE)
_UNQUOTED = re.compile(r"(:\s*)(?!true\b|false\b|null\b)([-+.\w]+)(?=\s*[,}])")
"""A value as other languages write it, which JSON does not allow: nan, inf, the .93 of bc."""


class MetricsFile:
    """Reads the metrics that are new in the file, which may be missing, shortened or deleted at any time.

    What is written anew counts from where it differs from what has been read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._position = 0
        self._end = b""
        """The last bytes before the position."""
        self._begun = b""
        """What stands before the position and after the last whole line."""
        self._lines: deque[bytes] = deque()
        """Whole lines whose metrics have not been returned."""
        self._marks: list[int] = []
        """A hash of each of the metrics that have been read."""
        self._n_read = 0
        """How many of them stand before the position."""

    def new(self, *, is_over: bool = False) -> list[dict[str, float]]:
        """The metrics of each new line, in order; empty if there is nothing new, so call it until then.

        A line without an end counts if its object is whole; it is waited for otherwise, unless the script
        `is_over`. TrialError if a line is no object of numbers, or the file cannot be read.
        """
        found: list[dict[str, float]] = []
        while not found and (self._lines or self._has_read_more()):
            found = self._of_lines()
        if found or not (is_over or self._is_whole()):
            return found
        line, self._begun = self._begun, b""
        return self._unread(metrics_of(line))

    def _has_read_more(self) -> bool:
        data = self._read()
        *lines, self._begun = (self._begun + data).split(b"\n")
        self._lines += lines
        if len(self._begun) > _LONGEST_LINE:
            raise _fault(self._begun, "is longer than 1 MB")
        return bool(data)

    def _of_lines(self) -> list[dict[str, float]]:
        """The metrics of the lines before the first one that is wrong."""
        found: list[dict[str, float]] = []
        while self._lines:
            try:
                metrics = metrics_of(self._lines[0])
            except TrialError:
                if found:  # the next call raises it again
                    break
                raise
            self._lines.popleft()
            found += self._unread(metrics)
        return found

    def _is_whole(self) -> bool:
        return self._begun.rstrip().endswith(b"}") and _objects(_text(self._begun)) is not None

    def _unread(self, found: list[dict[str, float]]) -> list[dict[str, float]]:
        """Those that had not been read before the file was written anew."""
        unread = []
        for metrics in found:
            mark = hash(str(metrics))
            if self._marks[self._n_read : self._n_read + 1] != [mark]:
                self._marks[self._n_read :] = [mark]
                unread.append(metrics)
            self._n_read += 1
        return unread

    def _read(self) -> bytes:
        """What is new in the file, at most a chunk; empty if there is nothing."""
        try:
            # Without blocking: a pipe in its place must not hold this up.
            file = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
            try:
                return self._read_from(file)
            finally:
                os.close(file)
        except FileNotFoundError:
            self._restart()
            return b""
        except OSError as error:
            raise TrialError(f"its metrics cannot be read from {self._path}: {error.strerror}") from error

    def _read_from(self, file: int) -> bytes:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode):
            raise TrialError(f"its metrics cannot be read from {self._path}, which is no file any more")
        before = os.pread(file, len(self._end), self._position - len(self._end))
        if status.st_size < self._position or before != self._end:
            self._restart()
        data = os.pread(file, _CHUNK_BYTES, self._position)
        self._position += len(data)
        self._end = (self._end + data)[-_N_COMPARED:]
        return data

    def _restart(self) -> None:
        self._position, self._end, self._begun, self._n_read = 0, b"", b"", 0


def metrics_of(line: bytes) -> list[dict[str, float]]:
    """The metrics of one line: those of its object, or of several one after another; none if it is blank.

    Numbers may be text; null counts as NaN, true as 1, a list of one number as that number. TrialError if it
    is anything else.
    """
    objects = _objects(_text(line))
    if objects is None:
        raise _fault(line, 'is no JSON object such as {"accuracy": 0.9}')
    return [dict(_metrics(pairs, line)) for pairs in objects if pairs]


class _Pairs(list[tuple[str, Any]]):
    """The names and values of an object, in order; a name may occur twice."""


_DECODER = json.JSONDecoder(object_pairs_hook=_Pairs, parse_int=float)


def _text(line: bytes) -> str:
    try:
        return line.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise _fault(line, "is not in UTF-8") from error


def _objects(text: str) -> list[_Pairs] | None:
    for readable in (text, _UNQUOTED.sub(r'\1"\2"', text)):
        try:
            return list(_decoded(readable))
        except (ValueError, RecursionError):
            continue
    return None


def _decoded(text: str) -> Iterator[_Pairs]:
    position = 0
    while position < len(text):
        value, position = _DECODER.raw_decode(text, position)
        if not isinstance(value, _Pairs):
            raise ValueError("it is no object")
        yield value
        position = _next_word(text, position)


def _next_word(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def _metrics(pairs: _Pairs, line: bytes) -> Iterator[tuple[str, float]]:
    names = set()
    for name, value in pairs:
        if name in names:
            raise _fault(line, f"has {name!r} twice")
        names.add(name)
        number = _number(value)
        if number is None:
            raise _fault(line, f"has no number under {name!r}")
        yield name, number


def _number(value: Any) -> float | None:
    if value is None:
        return float("nan")
    if isinstance(value, float | bool):
        return float(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return float("nan" if value.strip().lower() == "na" else value)
    if isinstance(value, list) and not isinstance(value, _Pairs) and len(value) == 1:  # as R writes numbers
        return _number(value[0])
    return None


def _fault(line: bytes, rule: str) -> TrialError:
    text = line[: 10 * _LONGEST_SHOWN].decode("utf-8-sig", errors="backslashreplace").strip()
    shown = shortened(printable(text), _LONGEST_SHOWN)
    return TrialError(f"a line of its metrics {rule}: {shown}")
