"""The classic exercise of that cloud, its script as it is, without a network."""

import json
from pathlib import Path

import pandas as pd

from commands import call
from pages import ROOT

SPEC = ROOT / "examples/azure/classic/sweep.yml"


def test_the_script_of_the_classic_exercise_runs_as_it_is(
    environment: dict[str, str], home_of_commands: Path
) -> None:
    given = f"breast_cancer.csv={ROOT / 'data/breast_cancer.csv'}"
    done = call("run", SPEC, "--input", given, "--json", environment=environment)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["trials"]["completed"] == 4
    assert result["best"]["value"] > 0.9
    metrics = pd.read_parquet(result["metrics_path"])
    assert set(metrics.name) == {"Accuracy", "Regularization Strength:", "Max iterations:"}
    trials = home_of_commands / "sweeps" / result["sweep_id"] / "trials"
    assert len([*trials.glob("*/outputs/model.joblib")]) == 4
