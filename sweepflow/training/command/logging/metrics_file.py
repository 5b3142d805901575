"""The file that a script appends its metrics to, read while the script runs."""

import os
import stat
from collections import deque
from pathlib import Path

from sweepflow.errors import TrialError
from sweepflow.training.command.logging.metrics_line import is_whole, line_fault, metrics_of

_CHUNK_BYTES = _LONGEST_LINE = 1_000_000
_N_COMPARED = 64


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
        batch: list[dict[str, float]] = []
        while not batch and (self._lines or self._has_read_more()):
            batch = self._of_lines()
        if batch or not (is_over or is_whole(self._begun)):
            return batch
        line, self._begun = self._begun, b""
        return self._unread(metrics_of(line))

    def _has_read_more(self) -> bool:
        data = self._read()
        *lines, self._begun = (self._begun + data).split(b"\n")
        self._lines += lines
        if len(self._begun) > _LONGEST_LINE:
            raise line_fault(self._begun, "is longer than 1 MB")
        return bool(data)

    def _of_lines(self) -> list[dict[str, float]]:
        """The metrics of the lines before the first one that is wrong."""
        batch: list[dict[str, float]] = []
        while self._lines:
            try:
                metrics = metrics_of(self._lines[0])
            except TrialError:
                if batch:  # the next call raises it again
                    break
                raise
            self._lines.popleft()
            batch += self._unread(metrics)
        return batch

    def _unread(self, batch: list[dict[str, float]]) -> list[dict[str, float]]:
        """Those that had not been read before the file was written anew."""
        unread = []
        for metrics in batch:
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
