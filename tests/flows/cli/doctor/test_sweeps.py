import subprocess
import sys
from pathlib import Path

import pytest

from sweepflow.archive.folder import SweepFolder
from sweepflow.base.settings import sqlite_url
from sweepflow.flows.cli.doctor.sweeps import check_sweeps
from sweepflow.ledger.ledger import Ledger
from sweepflow.trials.state import SweepState

ROOT = Path(__file__).parents[4]

HOLDER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from sweepflow.archive.folder import SweepFolder
with SweepFolder(Path(sys.argv[2]), "s").locked():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A ledger with a sweep that is recorded as running."""
    url = sqlite_url(tmp_path / "ledger.db")
    ledger = Ledger(url)
    ledger.start_sweep("s", {})
    ledger.close()
    return url


def test_a_sweep_is_killed_when_the_process_that_held_its_lock_is(url: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(ROOT), str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        (found,) = check_sweeps(url, tmp_path)
        assert (found.is_ok, found.message) == (True, "1 run, none has been killed")
        holder.kill()
        holder.wait()
    (found,) = check_sweeps(url, tmp_path)
    assert found.message == "1 of 1 that are recorded as running were killed"
    assert found.fixes == ("sweepflow resume s",)


def test_a_sweep_that_has_ended_was_not_killed(url: str, tmp_path: Path) -> None:
    SweepFolder(tmp_path, "s").create()
    ledger = Ledger(url)
    ledger.end_sweep("s", SweepState.FAILED)
    ledger.close()
    (found,) = check_sweeps(url, tmp_path)
    assert found.is_ok


def test_a_sweep_whose_files_lie_elsewhere_is_another_machines(url: str, tmp_path: Path) -> None:
    (found,) = check_sweeps(url, tmp_path)
    assert found.is_ok


def test_no_ledger_is_made(tmp_path: Path) -> None:
    assert check_sweeps(sqlite_url(tmp_path / "ledger.db"), tmp_path) == []
    assert list(tmp_path.iterdir()) == []
