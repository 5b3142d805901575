"""What a program reads of a command: one JSON object on standard output, and the exit code."""

import json
import os
import sys
from collections.abc import Callable
from typing import Annotated, Any, TextIO

from cyclopts import Parameter
from rich.console import Console

from sweepflow.flows.cli.screen.text import tolerant_stream
from sweepflow.flows.engine.signals import write_answers_to

DONE, FAILED, INVALID, INTERRUPTED = 0, 1, 2, 130

IsJson = Annotated[bool, Parameter(name="--json", negative="")]

SweepId = Annotated[str, Parameter(help="The sweep's ID, the beginning of it, or `latest`.")]

_out: TextIO = sys.stdout
"""The stream that the JSON object is printed to."""


def reserve_stdout_for_json() -> None:
    """Make everything but `answer` print to standard error, including the user's own modules."""
    global _out
    descriptor = os.dup(1)
    _out = tolerant_stream(descriptor)
    write_answers_to(descriptor)
    os.dup2(2, 1)


def answer(value: dict[str, Any]) -> None:
    """Print the one JSON object."""
    print(json.dumps(value), file=_out, flush=True)


def answer_or_show(
    fields: dict[str, Any], show: Callable[[Console, dict[str, Any]], None], *, is_json: bool
) -> int:
    """Print the JSON object, or show the same to people; gives the exit code of a command that is done."""
    if is_json:
        answer(fields)
    else:
        show(Console(highlight=False), fields)
    return DONE
