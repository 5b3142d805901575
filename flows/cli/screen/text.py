"""What the commands print with: text without markup or control characters, and streams that may be closed."""

import errno
import io
import os
import sys
import traceback
from typing import Any, TextIO

from rich.text import Text

from sweepflow.base.printable import printable


def survive_closed_output() -> None:
    """From now on, drop what is written to standard output and standard error once nobody reads them."""
    if sys.stdout is not None:
        sys.stdout = tolerant_stream(1, sys.stdout.encoding)
    if sys.stderr is not None:
        sys.stderr = tolerant_stream(2, sys.stderr.encoding)


def tolerant_stream(descriptor: int, encoding: str = "utf-8") -> TextIO:
    """A stream for writing that drops what is written once the terminal or pipe is closed."""
    buffer = io.BufferedWriter(_TolerantFile(descriptor, "w", closefd=False))
    return io.TextIOWrapper(buffer, encoding=encoding, errors="backslashreplace", line_buffering=True)


class _TolerantFile(io.FileIO):
    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError as error:
            if error.errno not in (errno.EIO, errno.EPIPE):
                raise
            null_device = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null_device, self.fileno())
            os.close(null_device)
            return super().write(data)


def text(value: object, style: str = "") -> Text:
    """The value as one line of text in one style, with its control characters made visible."""
    return Text(printable(str(value)), style)


def print_traceback() -> None:
    """Print the traceback of the exception being handled to standard error."""
    lines = traceback.format_exc().splitlines()
    print("\n".join(map(printable, lines)), file=sys.stderr)
