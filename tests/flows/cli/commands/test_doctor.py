import json
import os
import re
import subprocess
from pathlib import Path

from commands import ROOT, run
from ledgers import ledger_of
from sweepflow.archive.folder import SweepFolder


def examine(home: Path, *arguments: str, **own: str) -> "subprocess.CompletedProcess[str]":
    """The completed process of the doctor, without a Prefect server of its own."""
    usual = {"PYTHONPATH": str(ROOT), "SWEEPFLOW_HOME": str(home), "PREFECT_HOME": str(home / "prefect")}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return run({**environment, **usual, **own}, "doctor", *arguments, cwd=home)


def test_a_healthy_installation_has_a_mark_a_line_and_exits_with_0(tmp_path: Path) -> None:
    done = examine(tmp_path)
    marks = [line[:1] for line in done.stdout.splitlines()]
    assert (done.returncode, set(marks)) == (0, {"✓"}), done.stdout + done.stderr
    assert not (tmp_path / "ledger.db").exists()


def test_each_problem_has_a_command_to_copy_and_the_exit_code_is_1(tmp_path: Path) -> None:
    with ledger_of(tmp_path) as ledger:
        ledger.start_sweep("killed", {})
    SweepFolder(tmp_path, "killed").create()
    unreachable = {"PREFECT_API_URL": "http://127.0.0.1:9/api"}
    done = examine(tmp_path, **unreachable)
    assert done.returncode == 1
    assert re.search(
        r"^✗ sweeps +1 of 1 that are .* were killed\n +sweepflow resume killed$", done.stdout, re.M
    )
    assert re.search(r"^✗ server .*\n +prefect server start\n +unset PREFECT_API_URL", done.stdout, re.M)
    answer = json.loads(examine(tmp_path, "--json", **unreachable).stdout)
    assert answer["is_healthy"] is False
    assert [found["name"] for found in answer["findings"] if not found["is_ok"]] == ["sweeps", "server"]


def test_a_setting_in_the_environment_that_loses_task_runs_is_told(tmp_path: Path) -> None:
    name = "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE"
    done = examine(tmp_path, **{name: "1"})
    assert done.returncode == 1
    assert f"✗ task runs  Prefect's server may lose some of a large sweep's: {name}=1" in done.stdout
    assert f"    unset {name}\n" in done.stdout


def test_marks_are_ascii_where_the_terminal_knows_no_other(tmp_path: Path) -> None:
    done = examine(tmp_path, PYTHONIOENCODING="ascii")
    assert {line[:3] for line in done.stdout.splitlines()} == {"ok "}
