"""Whole sweeps of boosters beside a loop that uses the library alone."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from plain_boosters import GRID, METRICS, SEED, SPACE, Loop, path_of, source, write_parts
from sweepflow import load_model
from sweepflow.flows.tune import tune

pytestmark = pytest.mark.usefixtures("server", "home")

PATIENT = {"n_estimators": 100, "early_stopping_rounds": 8}


@pytest.mark.parametrize(
    ("library", "target", "folds", "trial"),
    [
        ("xgboost", "label", None, {}),
        ("lightgbm", "kind", 3, {}),
        # The best round by its own metric is that by R^2 too.
        ("catboost", "amount", None, {"iterations": {"parameter": "n_estimators", "step": 20}}),
    ],
)
def test_all_values_the_winner_and_its_model_are_those_of_a_plain_loop(
    library: str, target: str, folds: int | None, trial: dict[str, Any], tmp_path: Path
) -> None:
    write_parts(tmp_path)
    result = tune(
        data=source(tmp_path, target),
        validation={"folds": folds, "seed": SEED},
        trial={"estimator": path_of(library, target), "parameters": PATIENT, **trial},
        search_space={name: {"type": "choice", "values": values} for name, values in SPACE.items()},
        sampling_algorithm={"type": "grid"},
        objective={"primary_metric": METRICS[target], "goal": "maximize"},
        limits={"max_total_trials": len(GRID), "max_concurrent_trials": 2},
        baseline="none",
        select="best",
    )
    loop = Loop(library, tmp_path, target)
    asked = [{**PATIENT, **each} for each in GRID]
    plain = [loop.over_folds(each, folds) if folds else loop.value(each) for each in asked]
    values = [value for value, _ in plain]
    board = pd.read_parquet(str(result.leaderboard_path)).sort_values("number")
    assert board["value"].tolist() == pytest.approx(values, rel=1e-9)
    winner = int(np.argmax(values))
    assert result.best is not None
    assert (result.best.parameters, result.best.value) == (GRID[winner], pytest.approx(values[winner]))
    rows, model = loop.rows["test"], load_model(str(result.model_path))
    answers = model.predict(rows) if loop.labels is None else model.predict_proba(rows)
    np.testing.assert_allclose(answers, loop.refitted(asked[winner], plain[winner][1]), rtol=1e-5)
