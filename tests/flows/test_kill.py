"""A sweep that is killed at any moment, however often, comes to the same end as one that is not."""

import random
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sweepflow.fields.yaml import to_yaml
from sweepflow.trials.rows import COSTS
from victims import Row, Victim

DATA = Path(__file__).parents[2] / "data/breast_cancer.csv"
SPEC: dict[str, Any] = {
    "data": {"path": str(DATA), "target": "diagnosis", "drop": ["id"]},
    "trial": {
        "estimator": "sklearn.ensemble.GradientBoostingClassifier",
        "parameters": {"random_state": 0, "n_estimators": 40},
        "iterations": {"parameter": "n_estimators", "step": 10},
    },
    "search_space": {
        "learning_rate": {"type": "loguniform", "min_value": -4, "max_value": 0},
        "max_depth": {"type": "choice", "values": [1, 2, 3]},
    },
    "sampling_algorithm": {"type": "bayesian", "seed": 3, "deterministic": True, "startup_trials": 3},
    "objective": {"primary_metric": "roc_auc", "goal": "maximize"},
    "metrics": ["accuracy"],
    "limits": {"max_total_trials": 10, "max_concurrent_trials": 2},
}


def test_a_sweep_killed_at_random_moments_ends_as_an_undisturbed_one(
    environment: dict[str, str], tmp_path: Path
) -> None:
    check_kills(environment, tmp_path, n_kills=4, seed=20)


@pytest.mark.soak
def test_a_sweep_killed_at_thirty_random_moments_ends_as_an_undisturbed_one(
    environment: dict[str, str], tmp_path: Path
) -> None:
    check_kills(environment, tmp_path, n_kills=30, seed=4)


@pytest.mark.soak
@pytest.mark.parametrize(
    "booster", ["xgboost.XGBClassifier", "lightgbm.LGBMClassifier", "catboost.CatBoostClassifier"]
)
def test_a_sweep_of_boosters_killed_at_random_moments_ends_as_an_undisturbed_one(
    booster: str, environment: dict[str, str], tmp_path: Path
) -> None:
    parameters = {"n_estimators": 60, "early_stopping_rounds": 8}
    trial = {**SPEC["trial"], "estimator": booster, "parameters": parameters}
    check_kills(environment, tmp_path, n_kills=3, seed=7, spec={**SPEC, "trial": trial})


def check_kills(
    environment: dict[str, str], folder: Path, *, n_kills: int, seed: int, spec: Mapping[str, Any] = SPEC
) -> None:
    """Kill and resume sweeps, one after the other, until there were so many kills."""
    spec_file = folder / "spec.yml"
    spec_file.write_text(to_yaml(spec))
    undisturbed = Victim(environment, spec_file, folder / "undisturbed")
    began = time.monotonic()
    expected = undisturbed.run(None, whole_tree=False)
    assert expected is not None
    longest = time.monotonic() - began
    moments = random.Random(seed)
    for round_number in range(n_kills):
        victim = Victim(environment, spec_file, folder / f"round-{round_number}")
        result = None
        while result is None:
            kills = n_kills > 0
            after = moments.uniform(0, longest) if kills else None
            result = victim.run(after, whole_tree=moments.random() < 0.5)
            n_kills -= result is None
        check_same(victim, result, undisturbed, expected)
        if n_kills <= 0:
            return


def check_same(victim: Victim, result: Row, undisturbed: Victim, expected: Row) -> None:
    """Nothing is lost, nothing is there twice, and what had ended was not run again."""
    assert outcome(victim) == outcome(undisturbed)
    for name in ("trials", "test_metrics", "state", "error"):
        assert result[name] == expected[name]
    assert without_costs(result["best"]) == without_costs(expected["best"])
    trials = {row.number: row for row in victim.trials()}
    assert {number: trials[number] for number in victim.ended} == victim.ended
    reports = Counter((row.number, row.name, row.interval) for row in victim.metrics())
    assert set(reports.values()) == {1}
    for name in ("model_path", "leaderboard_path", "metrics_path", "report_path"):
        assert Path(result[name]).is_file()
    assert not list(Path(result["model_path"]).parent.rglob("*.partial"))


def without_costs(best: Row) -> Row:
    """The best trial without what is measured and so never the same."""
    metrics = {name: value for name, value in best["metrics"].items() if name not in COSTS}
    return {**best, "metrics": metrics}


def outcome(victim: Victim) -> dict[int, Any]:
    """Parameters, state and curve of each trial."""
    curves: dict[int, list[Any]] = {}
    for row in victim.metrics():
        if row.is_cost:  # measured, so never the same
            continue
        curves.setdefault(row.number, []).append((row.name, row.interval, row.value))
    return {row.number: (row.parameters, row.state, curves[row.number]) for row in victim.trials()}
