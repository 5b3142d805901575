"""A sweep whose names, values and errors are hostile: recorded as they are, shown as text, and private."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from commands import call, run
from hostile_trainers import ESCAPES, MARKUP, SQL
from ledgers import ledger_of
from sweepflow.fields.yaml import to_yaml
from sweepflow.spec.file import read_spec
from sweepflow.spec.spec import Spec
from sweeps import artifacts, function_spec, task_runs

VALUES = [SQL, ESCAPES + MARKUP, "raises", "names", "long", "two\nlines"]
LABELS = {
    "display_name": ESCAPES + MARKUP,
    "description": MARKUP + ESCAPES,
    "name": SQL,
    "tags": {SQL: MARKUP, ESCAPES: SQL},
}
OBEYED = "\x1b\x07\x9b\u202e"


@pytest.fixture
def hostile(environment: dict[str, str], tmp_path: Path) -> Any:
    spec = function_spec("train", VALUES)
    spec = {**spec, **LABELS, "trial": {"function": "hostile_trainers:train"}}
    spec["objective"] = {"primary_metric": SQL, "goal": "maximize"}
    (tmp_path / "spec.yml").write_text(to_yaml(spec))
    return run(environment, "run", tmp_path / "spec.yml", umask=0o022, timeout=300)


def test_what_is_hostile_is_recorded_as_it_is_and_shown_as_text(hostile: Any, home: Path) -> None:
    done = hostile
    assert done.returncode == 0, done.stderr
    (folder,) = (home / "sweeps").iterdir()
    # Recorded as it is.
    with ledger_of(home) as ledger:
        trials, metrics, sweep = (
            ledger.trials(folder.name),
            ledger.metrics(folder.name),
            ledger.sweep(folder.name),
        )
    assert sweep is not None
    assert [trial.parameters["x"] for trial in trials] == VALUES
    assert {metric.name for metric in metrics} == {SQL, ESCAPES + MARKUP}
    assert {name: sweep.spec[name] for name in LABELS} == LABELS
    recorded = Spec.parse(read_spec(folder / "spec.yml"))
    assert recorded == Spec.model_validate(sweep.spec)
    assert recorded.tags == LABELS["tags"]
    board = pd.read_parquet(folder / "leaderboard.parquet").set_index("number")
    assert board["param.x"].sort_index().tolist() == VALUES
    # Shown as text.
    card = (folder / "model-card.md").read_text(encoding="utf-8")
    shown = artifacts(folder.name)
    errors = " ".join(str(trial.error) for trial in trials)
    messages = " ".join(str(task["state"]["message"]) for task in task_runs(folder.name).values())
    assert len(task_runs(folder.name)) == len(VALUES) + 3
    for text in (
        done.stdout,
        done.stderr,
        card,
        errors,
        messages,
        shown["model-card"]["data"],
        shown["summary"]["data"],
    ):
        assert not set(OBEYED) & set(text)
    assert shown["model-card"]["data"] == card
    assert r"\x1b[31mred" in done.stdout
    assert "[bold]x[/bold]" in done.stdout
    assert r"ValueError: \x1b[31mred" in messages
    assert "hunter2" not in errors + messages + done.stdout + done.stderr
    assert len(errors) < 10_000
    for row in json.loads(shown["leaderboard"]["data"]):
        assert not set(f"{OBEYED}<[`*|") & set(row["x"])


@pytest.mark.parametrize("umask", [0o022, 0o000])
def test_every_file_of_a_sweep_is_its_owners_alone(
    umask: int, environment: dict[str, str], home: Path, tmp_path: Path
) -> None:
    table = pd.DataFrame({"a": range(60), "y": ["no", "yes"] * 30})
    table.to_csv(tmp_path / "table.csv", index=False)
    spec = {
        "data": {"path": "table.csv", "target": "y"},
        "trial": {"estimator": "sklearn.naive_bayes.GaussianNB"},
        "search_space": {"var_smoothing": {"type": "choice", "values": [1e-9, 1e-3]}},
        "sampling_algorithm": {"type": "grid"},
        "objective": {"primary_metric": "accuracy", "goal": "maximize"},
        "limits": {"max_total_trials": 2},
    }
    (tmp_path / "spec.yml").write_text(to_yaml(spec))
    done = run(environment, "run", tmp_path / "spec.yml", umask=umask, timeout=300)
    assert done.returncode == 0, done.stderr
    made = [home, *home.rglob("*")]
    assert {path.name for path in made} >= {
        "model.skops",
        "train.arrow",
        "log.txt",
        "model-card.md",
        "ledger.db",
    }
    assert [path for path in made if path.stat().st_mode & 0o077] == []


def test_the_password_in_a_url_is_told_nowhere(home: Path, tmp_path: Path) -> None:
    spec = function_spec("train", [1], max_total_trials=1)
    spec["data"] = {"path": "https://me:hunter2@host/table.csv", "target": "y"}
    (tmp_path / "spec.yml").write_text(to_yaml(spec))
    for options in ([], ["--json"], ["--set", "data.path=s3://key:hunter2@bucket/x.csv"], ["--dry-run"]):
        done = call("run", tmp_path / "spec.yml", *options)
        assert done.returncode == 2
        assert "hunter2" not in done.stdout + done.stderr
        assert "must not hold a user's name or password" in done.stdout + done.stderr
    assert not home.exists()


def test_a_module_that_is_not_allowed_is_not_imported_by_a_deployed_flow(
    environment: dict[str, str], tmp_path: Path
) -> None:
    spec = {**function_spec("train", [1]), "trial": {"function": "writes_when_imported:train"}}
    program = f"from sweepflow.flows.tune import tune\ntune(**{spec!r})"
    deployed = {
        **environment,
        "PREFECT__FLOW_RUN_ID": "0197a000-0000-7000-8000-000000000000",
        "WRITTEN_WHEN_IMPORTED": str(tmp_path / "written"),
    }
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=deployed, capture_output=True, text=True, check=False, timeout=300)
    assert "is not allowed in a deployed flow" in done.stderr
    assert not (tmp_path / "written").exists()
    allowed = {**deployed, "SWEEPFLOW_FUNCTION_MODULES": "writes_when_imported"}
    subprocess.run(command, env=allowed, capture_output=True, check=True, timeout=300)
    assert (tmp_path / "written").exists()
