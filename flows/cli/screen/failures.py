"""What a command prints when it fails: one block that says what is wrong and what to do.

A traceback is printed with `--debug` only; without it, it goes to a file in the home.
"""

import shlex
import sys
import traceback
from pathlib import Path

from rich.console import Console

from sweepflow.base.credentials import without_secrets
from sweepflow.base.files import private_folder, replacing
from sweepflow.base.settings import home
from sweepflow.errors import Problem
from sweepflow.flows.cli.screen.answer import FAILED, INVALID, answer
from sweepflow.flows.cli.screen.text import print_traceback, text
from sweepflow.flows.engine.signals import exit_code
from sweepflow.trials.state import SweepState

_is_debugging = False


def start_debugging() -> None:
    """Print the traceback of every error from now on."""
    global _is_debugging
    _is_debugging = True


def report_problems(problems: list[Problem], *, is_json: bool) -> int:
    """Print what is wrong with the spec, the data or the command line; return the exit code."""
    debug_traceback()
    if is_json:
        answer({"state": "invalid", "errors": [problem._asdict() for problem in problems]})
    _print_block(
        "Nothing was done:", [f"{path}: {message}" if path else message for path, message in problems]
    )
    return INVALID


def report_os_error(error: OSError, *, is_json: bool) -> int:
    """Print what the operating system has refused; return the exit code."""
    debug_traceback()
    path = str(error.filename or "")
    reason = error.strerror or str(error)
    if is_json:
        answer({"state": SweepState.FAILED, "errors": [{"path": path, "message": reason}]})
    message = f"{path}: {reason}" if path else reason
    _print_block("The system has refused it:", [message, "`sweepflow doctor` looks for what is wrong"])
    return FAILED


def report_interrupt(*, is_json: bool) -> int:
    """Print that the command was interrupted; return the exit code."""
    debug_traceback()
    if is_json:
        answer({"state": SweepState.CANCELED, "errors": []})
    _print_block("Interrupted.", [])
    return exit_code()


def report_bug(error: Exception, *, is_json: bool) -> int:
    """Print that the exception being handled is a bug; return the exit code."""
    if is_json:
        message = f"{type(error).__name__}: {error}"
        answer({"state": SweepState.FAILED, "errors": [{"path": "", "message": without_secrets(message)}]})
    show_bug(error)
    return FAILED


def show_bug(error: Exception) -> None:
    """Print that the exception being handled is a bug, and where its traceback was written to."""
    if _is_debugging:
        print_traceback()
        return
    lines = [without_secrets(f"{type(error).__name__}: {error}")]
    if log := _write_log():
        lines.append(f"the log lies in {log}")
    _print_block("This is a bug in Sweepflow:", [*lines, f"to see where it happens: {_debug_command()}"])


def debug_traceback() -> None:
    """Print the traceback of the exception being handled, if `--debug` was given."""
    if _is_debugging:
        print_traceback()


def _write_log() -> Path | None:
    """Write the traceback over the last one and return its file; None if it cannot be written."""
    path = home() / "last-error.log"
    try:
        private_folder(path.parent)
        with replacing(path) as partial:
            partial.write_text(without_secrets(traceback.format_exc()), encoding="utf-8", errors="replace")
    except OSError:
        return None
    return path


def _debug_command() -> str:
    """This command line with `--debug`."""
    return without_secrets(shlex.join(["sweepflow", *sys.argv[1:], "--debug"]))


def _print_block(heading: str, lines: list[str]) -> None:
    console = Console(stderr=True, highlight=False)
    console.print(text(heading, "bold red"))
    for line in lines:
        console.print(text(f"  {line}"), soft_wrap=True)
