"""The command line: `sweepflow`, with the commands that `commands.COMMANDS` lists."""

import sys
from typing import NoReturn

from cyclopts import App, CycloptsError
from cyclopts.completion.detect import ShellDetectionError

from sweepflow.errors import ChildDied, DataError, Problem, SpecError, SweepflowError
from sweepflow.flows.cli.commands import commands
from sweepflow.flows.cli.screen.answer import reserve_stdout_for_json
from sweepflow.flows.cli.screen.failures import (
    report_bug,
    report_interrupt,
    report_os_error,
    report_problems,
    start_debugging,
)
from sweepflow.flows.cli.screen.text import survive_closed_output
from sweepflow.flows.engine import signals

_WITH_NOTHING_TO_UNDO = (["run"], ["resume"])
"""A signal ends these commands at once until their sweep has begun."""


def _version() -> str:
    from importlib.metadata import version

    return version("sweepflow")


# What renders Markdown is slow to import, a fifth of `sweepflow --help`: only the help of a command is that.
app = App(
    name="sweepflow",
    help="Hyperparameter tuning as a Prefect flow.",
    help_epilogue="--debug with any command prints the traceback of an error.",
    help_format="plaintext",
    version=_version,
    suppress_keyboard_interrupt=False,
)
for command in commands():
    app.command(command.import_path, name=command.name, help=command.docstring, help_format="markdown")
app.register_install_completion_command(help="Let Tab complete commands and options: bash, zsh, fish.")


def main() -> NoReturn:
    """Run the command that the arguments name, and end the process with its exit code."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    if len(arguments) < len(sys.argv) - 1:
        start_debugging()
    signals.install_handlers()
    is_json = "--json" in arguments
    survive_closed_output()
    if is_json:
        reserve_stdout_for_json()
    if arguments[:1] not in _WITH_NOTHING_TO_UNDO:
        signals.raise_from_now()
    signals.exit_with(_run(arguments, is_json=is_json))


def _run(arguments: list[str], *, is_json: bool) -> int:
    """Run the command and return its exit code; any error is printed as one block."""
    try:
        code = app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
        return code if isinstance(code, int) else 0
    except KeyboardInterrupt:
        return report_interrupt(is_json=is_json)
    except Exception as error:  # noqa: BLE001  users see one block for any error, never a traceback
        if signals.received_signal():  # a library has turned the KeyboardInterrupt into this
            return report_interrupt(is_json=is_json)
        return _report(error, is_json=is_json)


def _report(error: Exception, *, is_json: bool) -> int:
    """Print the error that is being handled; return the exit code."""
    if isinstance(error, ChildDied):  # no mistake of the user's
        return report_os_error(OSError(str(error)), is_json=is_json)
    if isinstance(error, CycloptsError | SweepflowError):
        return report_problems(_problems(error), is_json=is_json)
    if isinstance(error, ShellDetectionError):
        problem = Problem("--shell", "must name your shell, which cannot be told: bash, zsh or fish")
        return report_problems([problem], is_json=is_json)
    if isinstance(error, OSError):
        return report_os_error(error, is_json=is_json)
    return report_bug(error, is_json=is_json)


def _problems(error: Exception) -> list[Problem]:
    if isinstance(error, SpecError):
        return error.problems
    if isinstance(error, DataError):
        return [Problem(error.path, error.message)]
    return [Problem("", " ".join(str(error).split()))]
