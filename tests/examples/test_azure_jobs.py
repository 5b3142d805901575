"""The sweep jobs among the examples run as they are, without a network."""

import json
from pathlib import Path

import pandas as pd
import pytest

from commands import call
from pages import ROOT
from sweepflow.azure import run
from sweepflow.result import SweepResult

NO_EFFECT = "note: no effect here, outside of Azure ML: $schema, trial.environment, "


def job_file(name: str) -> Path:
    return ROOT / f"examples/azure/{name}/job-sweep.yml"


def test_a_choice_and_a_uniform(environment: dict[str, str], home_of_commands: Path) -> None:
    done = call("run", job_file("hello"), "--json", environment=environment)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["trials"]["completed"] == 3
    parameters = answer["best"]["parameters"]
    assert answer["best"]["value"] == pytest.approx(abs(parameters["noise"] - 0.5))
    assert f"{NO_EFFECT}compute\n" in done.stderr


@pytest.mark.usefixtures("server")
def test_a_script_that_logs_its_score_once(
    home_of_commands: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run(job_file("iris"))
    assert result.trials.completed == 3
    assert best_value(result) > 0.9
    assert (home_of_commands / "sweeps" / result.sweep_id / "best/model.joblib").is_file()
    assert f"{NO_EFFECT}inputs.iris_csv.mode, compute\n" in capsys.readouterr().out


@pytest.mark.usefixtures("server", "home_of_commands")
def test_a_script_that_logs_every_round_is_stopped_early() -> None:
    result = run(job_file("boosting"))
    assert result.trials.terminated >= 1
    assert result.trials.completed + result.trials.terminated == 6
    metrics = pd.read_parquet(result.metrics_path)
    curves = metrics[metrics.name == "validation-log_loss"].groupby("number").interval.max()
    assert curves.max() == 12  # who goes on reports each of its rounds
    leaderboard = pd.read_parquet(result.leaderboard_path)
    stopped = leaderboard[leaderboard.state == "terminated"]
    assert (stopped.intervals < 12).all()
    assert (stopped.intervals >= 3).all()


def best_value(result: SweepResult) -> float:
    assert result.best is not None
    return result.best.value
