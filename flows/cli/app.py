"""The command line: `sweepflow`, with the commands that flows/commands lists."""

import sys
from importlib.metadata import version
from typing import NoReturn

from cyclopts import App, CycloptsError
from cyclopts.completion.detect import ShellDetectionError

from sweepflow.errors import DataError, Problem, SpecError, SweepflowError
from sweepflow.flows.cli.commands import commands
from sweepflow.flows.cli.screen.answer import keep_for_json
from sweepflow.flows.cli.screen.failures import (
    start_debugging,
    tell_bug,
    tell_interrupt,
    tell_mistakes,
    tell_trouble,
)
from sweepflow.flows.cli.screen.text import outlive_terminal
from sweepflow.flows.engine import signals

_WITH_NOTHING_TO_UNDO = (["run"], ["resume"])
"""The commands that a signal ends at once, until their sweep begins."""

app = App(
    name="sweepflow",
    help="Hyperparameter tuning as a Prefect flow.",
    help_epilogue="`--debug` with any command prints the traceback of an error.",
    version=version("sweepflow"),
    suppress_keyboard_interrupt=False,
)
for command in commands():
    app.command(command.import_path, name=command.name, help=command.docstring)
app.register_install_completion_command(help="Let Tab complete commands and options: bash, zsh, fish.")


def main() -> NoReturn:
    """Run the command that the arguments name; ends the process with its exit code."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    if len(arguments) < len(sys.argv) - 1:
        start_debugging()
    signals.install_handlers()
    is_json = "--json" in arguments
    outlive_terminal()
    if is_json:
        keep_for_json()
    if arguments[:1] not in _WITH_NOTHING_TO_UNDO:
        signals.raise_from_now()
    signals.exit_with(_run(arguments, is_json=is_json))


def _run(arguments: list[str], *, is_json: bool) -> int:
    """The exit code of the command; whatever goes wrong is told in one block."""
    try:
        code = app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
        return code if isinstance(code, int) else 0
    except KeyboardInterrupt:
        return tell_interrupt(is_json=is_json)
    except Exception as error:  # noqa: BLE001  whatever it is, a person is told in a block, not by a traceback
        if signals.received_signal():  # a library has made that of the KeyboardInterrupt
            return tell_interrupt(is_json=is_json)
        return _tell(error, is_json=is_json)


def _tell(error: Exception, *, is_json: bool) -> int:
    """Tell the error that is being handled; gives the exit code."""
    if isinstance(error, CycloptsError | SweepflowError):
        return tell_mistakes(_problems(error), is_json=is_json)
    if isinstance(error, ShellDetectionError):
        problem = Problem("--shell", "must name your shell, which cannot be told: bash, zsh or fish")
        return tell_mistakes([problem], is_json=is_json)
    if isinstance(error, OSError):
        return tell_trouble(error, is_json=is_json)
    return tell_bug(error, is_json=is_json)


def _problems(error: Exception) -> list[Problem]:
    if isinstance(error, SpecError):
        return error.problems
    if isinstance(error, DataError):
        return [Problem(error.path, error.message)]
    return [Problem("", " ".join(str(error).split()))]
