"""How the command line fails: in one block, without a traceback unless that was asked for."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import ROOT, Done, call
from sweepflow.errors import ChildDied
from sweepflow.flows.cli import app as cli
from sweepflow.flows.cli.screen.answer import IsJson

# The command line with a command that does what no command should do.
BROKEN = """
from test_failures import broken
from sweepflow.flows.cli import app as cli

cli.app.command(broken)
cli.main()
"""


def broken(error: str, /, *, is_json: IsJson = False) -> None:
    raise {
        "bug": KeyError("x"),
        "full": OSError(28, "No space left on device", "/some/file"),
        "killed": ChildDied("its process was ended by SIGKILL"),
        "secret": ValueError("postgresql://me:hunter2@host/db"),
        "interrupt": KeyboardInterrupt(),
    }[error]


@pytest.fixture(autouse=True)
def _has_broken_command() -> Iterator[None]:
    cli.app.command(broken)
    yield
    del cli.app["broken"]


def run(home: Path, *arguments: str) -> Done:
    """How a command has ended in this process, or `broken ERROR`."""
    return call(*arguments, environment={"SWEEPFLOW_HOME": str(home)})


def run_process(home: Path, *arguments: str) -> Done:
    """The same in a process of its own."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests/support"), str(Path(__file__).parent)])
    environment = {**os.environ, "PYTHONPATH": path, "SWEEPFLOW_HOME": str(home), "COLUMNS": "120"}
    line = [sys.executable, "-c", BROKEN, *arguments]
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    return Done(done.returncode, done.stdout, done.stderr)


def test_a_bug_is_told_in_a_block_that_says_where_the_log_lies(tmp_path: Path) -> None:
    done = run(tmp_path, "broken", "bug")
    log = tmp_path / "last-error.log"
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "This is a bug in Sweepflow:",
        "  KeyError: 'x'",
        f"  the log lies in {log}",
        "  to see where it happens: sweepflow broken bug --debug",
    ]
    assert log.read_text().startswith("Traceback (most recent call last):\n")
    assert log.stat().st_mode & 0o777 == 0o600


def test_debug_shows_the_traceback_of_a_bug(tmp_path: Path) -> None:
    for arguments in (["broken", "bug", "--debug"], ["--debug", "broken", "bug"]):
        done = run(tmp_path, *arguments)
        assert done.returncode == 1
        assert done.stderr.startswith("Traceback (most recent call last):\n")
        assert done.stderr.endswith("KeyError: 'x'\n")


def test_debug_shows_the_traceback_of_a_mistake_before_the_sentence(tmp_path: Path) -> None:
    without, with_it = run(tmp_path, "run", "nowhere.yml"), run(tmp_path, "run", "nowhere.yml", "--debug")
    assert without.stderr == "Nothing was done:\n  there is no file 'nowhere.yml'\n"
    assert with_it.stderr.startswith("Traceback (most recent call last):\n")
    assert with_it.stderr.endswith(without.stderr)
    assert (without.returncode, with_it.returncode) == (2, 2)


def test_a_home_that_cannot_be_written_to_hides_no_bug(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    done = run(file / "home", "broken", "bug")
    assert done.stderr.startswith("This is a bug in Sweepflow:\n  KeyError: 'x'\n  to see where it happens")


def test_what_the_system_refuses_is_no_bug(tmp_path: Path) -> None:
    done = run(tmp_path, "broken", "full")
    assert done.returncode == 1
    assert done.stderr.startswith("The system has refused it:\n  /some/file: No space left on device\n")
    answer = json.loads(run(tmp_path, "broken", "full", "--json").stdout)
    assert answer == {
        "state": "failed",
        "errors": [{"path": "/some/file", "message": "No space left on device"}],
    }


def test_a_process_of_the_sweep_that_was_killed_is_no_mistake_of_the_users(tmp_path: Path) -> None:
    done = run(tmp_path, "broken", "killed", "--json")
    assert done.returncode == 1
    message = "its process was ended by SIGKILL"
    assert json.loads(done.stdout) == {"state": "failed", "errors": [{"path": "", "message": message}]}


def test_an_interrupt_exits_with_130(tmp_path: Path) -> None:
    done = run_process(tmp_path, "broken", "interrupt")
    assert (done.returncode, done.stderr) == (130, "Interrupted.\n")
    assert done == run(tmp_path, "broken", "interrupt")


def test_json_answers_with_one_object(tmp_path: Path) -> None:
    done = run_process(tmp_path, "broken", "bug", "--json")
    assert json.loads(done.stdout) == {
        "state": "failed",
        "errors": [{"path": "", "message": "KeyError: 'x'"}],
    }
    assert done.returncode == 1
    assert done.stdout == run(tmp_path, "broken", "bug", "--json").stdout


def test_no_password_is_told_or_logged(tmp_path: Path) -> None:
    done = run(tmp_path, "broken", "secret", "--json")
    assert "ValueError" in done.stderr
    assert "hunter2" not in done.stdout + done.stderr + (tmp_path / "last-error.log").read_text()
