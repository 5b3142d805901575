"""How a command answers: one JSON object on standard output, its exit code, and what is wrong."""

import json
import os
import sys
from typing import Annotated, Any, TextIO

from cyclopts import Parameter
from rich.console import Console

from flows.terminal import text
from sweepflow.errors import Problem

DONE, FAILED, INVALID, INTERRUPTED = 0, 1, 2, 130

IsJson = Annotated[bool, Parameter(name="--json", negative="")]

SweepId = Annotated[str, Parameter(help="The sweep's ID, the beginning of it, or `latest`.")]

_out: TextIO = sys.stdout
"""Where JSON goes."""


def keep_for_json() -> None:
    """Let everything but `answer` print to standard error, the user's own modules too."""
    global _out
    _out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)


def answer(value: dict[str, Any]) -> None:
    """Print the one JSON object."""
    print(json.dumps(value), file=_out, flush=True)


def invalid(problems: list[Problem], *, is_json: bool) -> int:
    """Say what is wrong with the spec, the data or the command line; gives the exit code."""
    if is_json:
        answer({"state": "invalid", "errors": [problem._asdict() for problem in problems]})
    console = Console(stderr=True, highlight=False)
    console.print(text("Nothing was done:", "bold red"))
    for path, message in problems:
        console.print(text(f"  {path}: {message}" if path else f"  {message}"), soft_wrap=True)
    return INVALID
