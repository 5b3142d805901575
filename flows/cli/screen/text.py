"""What the commands print: the user's words as text, in which nothing is markup or obeyed by a terminal."""

import errno
import io
import os
import sys
import traceback
from typing import Any, TextIO

from rich.text import Text

from sweepflow.base.printable import printable


def outlive_terminal() -> None:
    """Let standard output and standard error be lost, and nothing else, when nobody reads them any more."""
    if sys.stdout is not None:
        sys.stdout = lasting(1, sys.stdout.encoding)
    if sys.stderr is not None:
        sys.stderr = lasting(2, sys.stderr.encoding)


def lasting(descriptor: int, encoding: str = "utf-8") -> TextIO:
    """A stream to write to, which takes what is written to a terminal or a pipe that was closed."""
    buffer = io.BufferedWriter(_Lasting(descriptor, "w", closefd=False))
    return io.TextIOWrapper(buffer, encoding=encoding, errors="backslashreplace", line_buffering=True)


class _Lasting(io.FileIO):
    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError as error:
            if error.errno not in (errno.EIO, errno.EPIPE):
                raise
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return super().write(data)


def text(words: object, style: str = "") -> Text:
    """The words in one line, in one style."""
    return Text(printable(str(words)), style)


def print_traceback() -> None:
    """Print the exception that is being handled to standard error."""
    lines = traceback.format_exc().splitlines()
    print("\n".join(map(printable, lines)), file=sys.stderr)
