from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from flows.promote import promote
from sweepflow.registry import Registry

pytestmark = pytest.mark.usefixtures("server")

DATA = Path(__file__).parents[2] / "data/breast_cancer.csv"


def sweep(n_estimators: list[int]) -> dict[str, Any]:
    return {
        "data": {"path": str(DATA), "target": "diagnosis", "drop": ["id"]},
        "trial": {
            "estimator": "sklearn.ensemble.GradientBoostingClassifier",
            "parameters": {"random_state": 0, "max_depth": 2},
        },
        "search_space": {"n_estimators": {"type": "choice", "values": n_estimators}},
        "sampling_algorithm": {"type": "grid"},
        "objective": {"primary_metric": "log_loss", "goal": "minimize"},
        "limits": {"max_total_trials": 2, "max_concurrent_trials": 1},
    }


def test_only_a_model_that_is_better_becomes_the_champion(home: Path) -> None:
    registry = Registry(home)
    first = promote("cancer", sweep([1]))
    assert (first.promoted, first.champion) == (True, 1)  # better than the baseline
    same = promote("cancer", sweep([1]))
    assert (same.promoted, same.champion, same.difference) == (False, 1, 0.0)
    better = promote("cancer", sweep([60]), new_rows=str(DATA))
    assert (better.promoted, better.champion) == (True, 2)
    scores = pd.read_parquet(str(better.scores_path))
    assert (scores["prediction"] == scores["diagnosis"]).mean() > 0.95
    first_change, second_change = registry.history("cancer")
    assert second_change.reason == better.reason
    assert second_change.sweep_id == better.sweep_id != first_change.sweep_id
