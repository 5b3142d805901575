"""The sweep jobs among the examples run as they are, without a network."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from commands import call
from pages import ROOT

NO_EFFECT = "note: no effect here, outside of Azure ML: $schema, trial.environment, "


@pytest.fixture
def run(environment: dict[str, str], home: Path) -> Any:
    """Runs a job's file; gives the answer, and what was told meanwhile."""

    def run(name: str) -> tuple[dict[str, Any], str]:
        done = call("run", ROOT / f"examples/azure/{name}/job-sweep.yml", "--json", environment=environment)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout), done.stderr

    return run


def test_a_choice_and_a_uniform(run: Any) -> None:
    answer, told = run("hello")
    assert answer["trials"]["completed"] == 3
    parameters = answer["best"]["parameters"]
    assert answer["best"]["value"] == pytest.approx(abs(parameters["noise"] - 0.5))
    assert f"{NO_EFFECT}compute\n" in told


def test_a_script_that_logs_its_score_once(run: Any, home: Path) -> None:
    answer, told = run("iris")
    assert answer["trials"]["completed"] == 3
    assert answer["best"]["value"] > 0.9
    assert (home / "sweeps" / answer["sweep_id"] / "best/model.joblib").is_file()
    assert f"{NO_EFFECT}inputs.iris_csv.mode, compute\n" in told


def test_a_script_that_logs_every_round_is_stopped_early(run: Any) -> None:
    answer, _ = run("boosting")
    assert answer["trials"]["terminated"] >= 1
    assert answer["trials"]["completed"] + answer["trials"]["terminated"] == 6
    metrics = pd.read_parquet(answer["metrics_path"])
    curves = metrics[metrics.name == "validation-log_loss"].groupby("number").interval.max()
    assert curves.max() == 12  # who goes on reports each of its rounds
    leaderboard = pd.read_parquet(answer["leaderboard_path"])
    stopped = leaderboard[leaderboard.state == "terminated"]
    assert (stopped.intervals < 12).all()
    assert (stopped.intervals >= 3).all()
