"""What a command says when it fails: one block that tells what is wrong and what to do.

A traceback is for `--debug` alone, and for a file in the home: to a user it says nothing.
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


def tell_mistakes(problems: list[Problem], *, is_json: bool) -> int:
    """Say what is wrong with the spec, the data or the command line; gives the exit code."""
    debug_traceback()
    if is_json:
        answer({"state": "invalid", "errors": [problem._asdict() for problem in problems]})
    _say("Nothing was done:", [f"{path}: {message}" if path else message for path, message in problems])
    return INVALID


def tell_trouble(error: OSError, *, is_json: bool) -> int:
    """Say what the system has refused; gives the exit code."""
    debug_traceback()
    path = str(error.filename or "")
    reason = error.strerror or str(error)
    if is_json:
        answer({"state": SweepState.FAILED, "errors": [{"path": path, "message": reason}]})
    told = f"{path}: {reason}" if path else reason
    _say("The system has refused it:", [told, "`sweepflow doctor` looks for what is wrong"])
    return FAILED


def tell_interrupt(*, is_json: bool) -> int:
    """Say that the command was interrupted; gives the exit code."""
    debug_traceback()
    if is_json:
        answer({"state": SweepState.CANCELED, "errors": []})
    _say("Interrupted.", [])
    return exit_code()


def tell_bug(error: Exception, *, is_json: bool) -> int:
    """Say that the error, which is being handled, is a bug; gives the exit code."""
    if is_json:
        message = f"{type(error).__name__}: {error}"
        answer({"state": SweepState.FAILED, "errors": [{"path": "", "message": without_secrets(message)}]})
    show_bug(error)
    return FAILED


def show_bug(error: Exception) -> None:
    """Print that the error, which is being handled, is a bug, and where its log lies."""
    if _is_debugging:
        print_traceback()
        return
    told = [without_secrets(f"{type(error).__name__}: {error}")]
    if log := _log():
        told.append(f"the log lies in {log}")
    _say("This is a bug in Sweepflow:", [*told, f"to see where it happens: {_again()}"])


def debug_traceback() -> None:
    """Print the traceback of the error that is being handled, if that was asked for."""
    if _is_debugging:
        print_traceback()


def _log() -> Path | None:
    """The file that the traceback is written to, over the last one's; None if it cannot be written."""
    path = home() / "last-error.log"
    try:
        private_folder(path.parent)
        with replacing(path) as partial:
            partial.write_text(without_secrets(traceback.format_exc()), encoding="utf-8", errors="replace")
    except OSError:
        return None
    return path


def _again() -> str:
    return without_secrets(shlex.join(["sweepflow", *sys.argv[1:], "--debug"]))


def _say(heading: str, lines: list[str]) -> None:
    console = Console(stderr=True, highlight=False)
    console.print(text(heading, "bold red"))
    for line in lines:
        console.print(text(f"  {line}"), soft_wrap=True)
