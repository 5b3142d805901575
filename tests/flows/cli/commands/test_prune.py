"""`sweepflow prune`, over a record of sweeps with files."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from commands import call
from ledgers import ledger_of
from sweepflow.archive.folder import SweepFolder
from sweepflow.archive.sweep import load
from sweepflow.flows.cli.actions.prune import prune_sweeps
from sweepflow.models.registry import Registry
from sweepflow.trials.state import SweepState, TrialEnd, TrialState
from sweeps import function_spec

STATES = {
    "completed": SweepState.COMPLETED,
    "canceled": SweepState.CANCELED,
    "champion": SweepState.COMPLETED,
    "resumed": SweepState.FAILED,
    "killed": None,
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with five sweeps, each with a model of 1,000 bytes, that share a prepared table of 5,000."""
    home = tmp_path / "home"
    monkeypatch.setenv("SWEEPFLOW_HOME", str(home))
    prepared = home / "data/fingerprint"
    prepared.mkdir(parents=True)
    (prepared / "train.arrow").write_bytes(b"x" * 5000)
    os.utime(prepared / "train.arrow", (0, 0))
    with ledger_of(home) as ledger:
        for sweep_id, state in STATES.items():
            ledger.start_sweep(sweep_id, function_spec("plain", [1]))
            ledger.queue_trial(sweep_id, 0, {"x": 1})
            ledger.add_metrics(sweep_id, 0, {"score": 0.75}, 1)
            ledger.end_trial(sweep_id, 0, TrialEnd(TrialState.COMPLETED, None, 1.0))
            folder = SweepFolder(home, sweep_id).create().path
            (folder / "model.skops").write_bytes(b"m" * 1000)
            (folder / "model-card.md").write_bytes(b"")
            (folder / "data").mkdir()
            os.link(prepared / "train.arrow", folder / "data/train.arrow")
            ledger.select(sweep_id, {"model_path": str(folder / "model.skops")})
            if state is not None:
                ledger.end_sweep(sweep_id, state)
    champion = home / "sweeps/champion"
    Registry(home).register("iris", "champion", champion / "model.skops", champion / "model-card.md", {})
    return home


def kept(home: Path) -> set[str]:
    return {path.name for path in (home / "sweeps").iterdir()}


def test_files_of_ended_sweeps_go_and_those_in_use_stay(home: Path) -> None:
    with SweepFolder(home, "resumed").locked():
        pruned = prune_sweeps("0h", is_dry_run=False)
    assert set(pruned["sweeps"]) == {"completed", "canceled"}
    assert kept(home) == {"champion", "resumed", "killed"}
    assert (pruned["bytes"], pruned["prepared_data"]) == (2000, 0)
    assert (home / "data/fingerprint/train.arrow").exists()


def test_a_prepared_table_goes_with_the_last_sweep_that_uses_it(home: Path) -> None:
    for sweep_id in ("champion", "resumed", "killed"):
        (home / f"sweeps/{sweep_id}/data/train.arrow").unlink()
    with SweepFolder(home, "resumed").locked():
        pruned = prune_sweeps("0h", is_dry_run=False)
    assert (pruned["bytes"], pruned["prepared_data"]) == (7000, 1)
    assert list((home / "data").iterdir()) == []


def test_frames_and_functions_go_with_the_last_sweep_that_names_them(home: Path) -> None:
    names = ["frames/old.parquet", "functions/cell_old.pkl", "frames/used.parquet", "functions/cell_used.pkl"]
    for name in (*names, "frames/new.parquet"):
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_bytes(b"o" * 100)
        is_new = "new" in name
        os.utime(home / name, (2**31, 2**31) if is_new else (0, 0))
    with ledger_of(home) as ledger:
        for sweep_id, word in {"gone": "old", "running": "used"}.items():
            spec = function_spec("plain", [1])
            spec["trial"]["function"] = f"cell_{word}:train"
            spec["data"] = {"path": str(home / f"frames/{word}.parquet"), "target": "y"}
            ledger.start_sweep(sweep_id, spec)
            SweepFolder(home, sweep_id).create()
        ledger.end_sweep("gone", SweepState.COMPLETED)
    pruned = prune_sweeps("0h", is_dry_run=False)
    left = {str(path.relative_to(home)) for path in [*home.glob("frames/*"), *home.glob("functions/*")]}
    assert left == {"frames/used.parquet", "functions/cell_used.pkl", "frames/new.parquet"}
    assert (pruned["python_objects"], pruned["bytes"]) == (2, 3200)


def test_the_record_of_a_pruned_sweep_stays(home: Path) -> None:
    prune_sweeps("0d", is_dry_run=False)
    sweep = load("completed")
    assert sweep.best is not None
    assert sweep.best.value == 0.75
    assert sweep.result.model_path is None


def test_a_dry_run_and_an_age_that_no_sweep_has_delete_nothing(home: Path) -> None:
    assert len(prune_sweeps("0w", is_dry_run=True)["sweeps"]) == 3
    assert prune_sweeps("30d", is_dry_run=False)["sweeps"] == []
    assert kept(home) == set(STATES)


@pytest.mark.parametrize("age", ["30", "d", "-1d", "30 days", "1.5h"])
def test_an_age_without_a_unit_is_refused(home: Path, age: str) -> None:
    done = call("prune", f"--older-than={age}", "--json")
    assert done.returncode == 2
    (error,) = json.loads(done.stdout)["errors"]
    assert error["path"] == "--older-than"
    assert f"such as 12h, 30d or 8w, got '{age}'" in error["message"]


def test_people_are_told_what_was_freed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from sweepflow.flows.cli.app import app

    run: Callable[..., Any] = app
    assert run(["prune", "--older-than", "0h"], exit_on_error=False, result_action="return_value") == 0
    out = capsys.readouterr().out
    assert "completed" in out
    assert "3 sweeps and 0 prepared tables: freed 0.0 MB; their records stay in the ledger" in out
