"""What the commands print: the user's words as text, in which nothing is markup or obeyed by a terminal."""

import sys
import traceback

from rich.text import Text

from sweepflow.inert import inert


def text(words: object, style: str = "") -> Text:
    """The words in one line, in one style."""
    return Text(inert(str(words)), style)


def print_traceback() -> None:
    """Print the exception that is being handled to standard error."""
    lines = traceback.format_exc().splitlines()
    print("\n".join(map(inert, lines)), file=sys.stderr)
