"""What holds for every command: its help, its completion, and what it prints where."""

import os
import pty
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from commands import line
from sweepflow.flows.cli.app import app
from sweepflow.flows.cli.commands import COMMANDS, commands

ROOT = Path(__file__).parents[3]
SCRIPT = Path(sys.executable).with_name("sweepflow")


def environment(home: Path, **own: str) -> dict[str, str]:
    usual = {"HOME": str(home), "SWEEPFLOW_HOME": str(home / "sweepflow"), "PYTHONPATH": str(ROOT)}
    plain = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    return {**plain, **usual, "TERM": "xterm-256color", "COLUMNS": "100", **own}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_shows_an_example_that_is_a_right_command_line(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    app([name, "--help"], exit_on_error=False, result_action="return_value")
    shown = " ".join(capsys.readouterr().out.split())
    found = re.search(rf"Example: sweepflow ({name}\b.*?)(?: ╭|$)", shown)
    assert found, shown
    function, _, _ = app.parse_args(shlex.split(found[1]), exit_on_error=False, print_error=False)
    [command] = [each for each in commands() if each.name == name]
    assert f"{function.__module__}:{function.__name__}" == command.import_path


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_json(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    app([name, "--help"], exit_on_error=False, result_action="return_value")
    assert "--json" in capsys.readouterr().out


TOY = '''
from sweepflow.flows.cli.screen.answer import DONE, IsJson, answer

def toy(words: str, /, *, is_json: IsJson = False) -> int:
    """Say the words again.

    Example: sweepflow toy "good morning"
    """
    if is_json:
        answer({"words": words})
    return DONE
'''

# The command line with a command more: its file lies in the folder that comes first, its name is in the list.
WITH_TOY = """
import sys
from sweepflow.flows.cli import commands
commands.__path__.append(sys.argv.pop(1))
commands.COMMANDS = (*commands.COMMANDS, "toy")
from sweepflow.flows.cli import app as cli
try:
    cli.main()
finally:
    slow = {"prefect", "sklearn", "pandas", "rich.markdown", "importlib.metadata"}
    slow.add("sweepflow.flows.cli.commands.run")
    print(*sorted(slow & set(sys.modules)), file=sys.stderr)
"""


def with_toy(folder: Path, *arguments: str) -> Any:
    """The completed process of a command of such a command line."""
    (folder / "toy.py").write_text(TOY)
    command = [sys.executable, "-c", WITH_TOY, str(folder), *arguments]
    return subprocess.run(command, env=environment(folder), capture_output=True, text=True, check=False)


def test_a_command_takes_one_file_and_one_name_in_the_list(tmp_path: Path) -> None:
    assert "│ toy                   Say the words again." in with_toy(tmp_path, "--help").stdout
    assert with_toy(tmp_path, "toy", "good morning", "--json").stdout == '{"words": "good morning"}\n'
    done = with_toy(tmp_path, "toy")
    assert (done.returncode, "parameter WORDS requires an argument" in done.stderr) == (2, True)


def test_the_help_imports_no_command_and_nothing_that_takes_long(tmp_path: Path) -> None:
    done = with_toy(tmp_path, "--help")
    assert "Run a sweep, with live progress, and print the best trials." in done.stdout
    assert done.stderr == "\n"


_REFUSED = """
import sys
from sweepflow.flows.cli.app import _run
print(_run(sys.argv[1:], is_json=True), "prefect" in sys.modules)
"""


@pytest.mark.parametrize("arguments", [("run", "spec.yml", "--json"), ("resume", "nothing", "--json")])
def test_a_wrong_command_line_is_refused_without_importing_prefect(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "spec.yml").write_text("trial: {estimator: sklearn.tree.NoSuchTree}")
    command = [sys.executable, "-c", _REFUSED, *arguments]
    own = environment(tmp_path)
    done = subprocess.run(command, cwd=tmp_path, env=own, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "2 False", done.stderr


def test_a_command_without_a_file_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sweepflow.flows.cli.commands.COMMANDS", ("tun",))
    with pytest.raises(ModuleNotFoundError, match="the command 'tun' has no file"):
        commands()


def in_terminal(command: list[str], environment: dict[str, str]) -> str:
    """What the command prints in a real terminal."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(command[0], command, environment)
    output = b""
    while chunk := _read(terminal):
        output += chunk
    os.waitpid(pid, 0)
    return output.decode()


def piped(command: list[str], environment: dict[str, str]) -> str:
    done: Any = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return str(done.stdout + done.stderr)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux's way of saying that the terminal's other end is closed
        return b""


COLOR = re.compile(r"\x1b\[[0-9;]*3[0-9][;m]")


def test_colors_are_for_terminals_and_not_where_no_color_is_set(tmp_path: Path) -> None:
    command = line("run", "nowhere.yml")
    assert COLOR.search(in_terminal(command, environment(tmp_path)))
    assert not COLOR.search(in_terminal(command, environment(tmp_path, NO_COLOR="1")))
    assert piped(command, environment(tmp_path)) == "Nothing was done:\n  there is no file 'nowhere.yml'\n"


def test_what_is_piped_holds_no_control_characters(tmp_path: Path) -> None:
    for arguments in (["list"], ["--help"]):
        command = line(*arguments)
        assert not re.search(r"[\x00-\x09\x0b-\x1f]", piped(command, environment(tmp_path)))


def complete(home: Path, words: list[str]) -> list[str]:
    """What an interactive bash that has read its start file offers for the last word."""
    typed = " ".join(map(shlex.quote, words))
    script = (
        f"COMP_WORDS=({typed}); COMP_CWORD={len(words) - 1}; _sweepflow; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    )
    command = ["bash", "--rcfile", str(home / ".bashrc"), "-i", "-c", script]
    done = subprocess.run(
        command,
        env=environment(home),
        cwd=home,
        capture_output=True,
        text=True,
        check=True,
        start_new_session=True,
    )
    return done.stdout.split()


def test_bash_completes_commands_options_states_and_files_once_that_is_installed(tmp_path: Path) -> None:
    done = piped(line("--install-completion", "--shell", "bash"), environment(tmp_path))
    assert "Completion script installed" in done
    (tmp_path / "table.csv").touch()
    assert complete(tmp_path, ["sweepflow", "re"]) == ["resume", "report"]
    assert complete(tmp_path, ["sweepflow", "run", "--dr"]) == ["--dry-run"]
    assert complete(tmp_path, ["sweepflow", "list", "--state", "c"]) == ["completed", "canceled"]
    assert complete(tmp_path, ["sweepflow", "init", "tab"]) == ["table.csv"]


def test_tab_completes_in_a_real_bash(tmp_path: Path) -> None:
    piped(line("--install-completion", "--shell", "bash"), environment(tmp_path))
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        command = ["bash", "--rcfile", str(tmp_path / ".bashrc"), "-i"]
        os.execvpe("bash", command, environment(tmp_path, PS1="> "))
    output = b""
    os.write(terminal, b"sweepflow back\t--js\t\x01echo \x05\nexit\n")
    while chunk := _read(terminal):
        output += chunk
    os.waitpid(pid, 0)
    assert b"sweepflow backtest --json" in output.splitlines()
