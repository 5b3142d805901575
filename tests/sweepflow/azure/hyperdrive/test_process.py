"""The process of a sweep that a notebook has submitted, as it begins and when it cannot."""

import os
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sweepflow.azure.hyperdrive.process import SweepProcess
from sweepflow.azure.hyperdrive.refusal import NotebookError
from sweepflow.azure.hyperdrive.runs import submit
from sweepflow.errors import SpecError


@pytest.fixture
def fields(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "train.py").touch()
    return {
        "trial": {"command": "python train.py --x ${{search_space.x}}", "code": str(tmp_path)},
        "search_space": {"x": {"type": "loguniform", "min_value": 0.01, "max_value": 1}},
        "objective": {"primary_metric": "score", "goal": "maximize"},
        "limits": {"max_total_trials": 2, "max_concurrent_trials": 1},
    }


def test_a_run_that_is_canceled_at_once_says_so(
    home: Path, fields: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    run = submit(fields, SimpleNamespace(name="bank"))
    assert run.get_status() == "Preparing"
    assert run.cancel()
    assert not run.cancel()
    assert run.get_status() == "Canceled"
    with pytest.raises(NotebookError, match="was canceled before its first trial"):
        run.get_best_run_by_primary_metric()
    assert "note: search_space.x: loguniform(0.01, 1) draws from" in capsys.readouterr().out


def test_a_mistake_is_told_before_anything_is_started(home: Path, fields: dict[str, Any]) -> None:
    fields["limits"] = {"max_total_trials": 0}
    with pytest.raises(SpecError, match=r"limits\.max_total_trials"):
        submit(fields, SimpleNamespace(name="bank"))
    assert not (home / "azure").exists()


def test_a_process_that_is_killed_is_a_failure_with_its_last_words(tmp_path: Path) -> None:
    process = SweepProcess({}, tmp_path / "submitted")
    os.kill(process._process.pid, signal.SIGKILL)
    while not process.wait(1):
        pass
    (tmp_path / "submitted/log.txt").write_text("one\nno space left\n")
    assert process.answer()["state"] == "failed"
    assert process.answer()["error"].endswith("without an answer: no space left")
    process.stop()
