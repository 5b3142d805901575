from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from rich.console import Console

from sweepflow import load, load_model
from sweepflow.flows.cli.actions.models import one_model, promote_sweep, show_model
from sweepflow.flows.promote import promote
from sweepflow.flows.score import score
from sweepflow.models.model_file import ModelError
from sweepflow.models.registry import Registry
from sweepflow.promotion import champion_modules
from sweeps import function_spec

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
        "baseline": "none",
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


@pytest.fixture
def threshold(home: Path, tmp_path: Path) -> dict[str, Any]:
    """A sweep of a function whose model is of a type of its own."""
    numbers = pd.Series(range(400), name="x")
    table = pd.DataFrame({"x": numbers, "size": (numbers > 199).map({True: "high", False: "low"})})
    table.to_csv(tmp_path / "sizes.csv", index=False)
    return {
        **function_spec("threshold", [199]),
        "data": {"path": str(tmp_path / "sizes.csv"), "target": "size"},
        "objective": {"primary_metric": "accuracy", "goal": "maximize"},
    }


def shown(name: str) -> str:
    console = Console(width=160, file=StringIO())
    show_model(console, one_model(name))
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_a_model_of_a_function_s_own_type_goes_in_and_out_by_every_door(
    home: Path, threshold: dict[str, Any]
) -> None:
    rows = threshold["data"]["path"]
    gated = promote("gated", threshold, new_rows=rows)
    assert (gated.promoted, gated.champion) == (True, 1)
    handed = promote_sweep(gated.sweep_id[:8], "handed")
    # Whichever way it came in, the registry knows the same of it, and shows it.
    (by_gate,), (by_hand,) = one_model("gated")["versions"], one_model("handed")["versions"]
    decision = by_gate["facts"].pop("gate")
    assert (decision["promote"], decision["reason"]) == (True, gated.reason)
    assert by_gate["facts"] == by_hand["facts"]
    assert by_hand["facts"]["objective"] == {"primary_metric": "accuracy", "goal": "maximize"}
    assert by_hand["facts"]["best"]["value"] == 1.0
    assert by_hand["facts"]["data_fingerprint"]
    for name in ("gated", "handed"):
        assert "1 (champion)" in shown(name)
        assert "accuracy 1 " in shown(name)
    # It predicts: at the end of the promotion, by the flow alone, and as whoever trusts its module loads it.
    for path in (str(gated.scores_path), score("gated", rows), score("handed", rows)):
        scores = pd.read_parquet(path)
        assert (scores["prediction"] == scores["size"]).all()
    assert load(gated.sweep_id).model().at == 199
    trusted = ("flow_trainers",)
    for path in (handed["model_path"], by_gate["model_path"]):
        assert load_model(path, trusted_modules=trusted).at == 199
        with pytest.raises(ModelError, match="only where SWEEPFLOW_ESTIMATOR_PACKAGES names flow_trainers"):
            load_model(path)
    assert Registry(home).load("gated", trusted_modules=trusted).at == 199


def test_the_gate_judges_a_champion_of_a_function_s_own_type_that_another_kind_of_trial_challenges(
    home: Path, threshold: dict[str, Any]
) -> None:
    first = promote("sizes", threshold)
    challenger = {
        **threshold,
        "trial": {"estimator": "sklearn.tree.DecisionTreeClassifier", "parameters": {"random_state": 0}},
        "search_space": {"max_depth": {"type": "choice", "values": [1]}},
    }
    second = promote("sizes", challenger)
    assert (first.champion, second.promoted, second.champion) == (1, False, 1)
    assert second.difference <= 0


def test_a_deployed_flow_loads_types_only_of_modules_that_it_may_import(
    home: Path, threshold: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = Registry(home)
    assert champion_modules(registry, "sizes", is_trusted=True) == ()
    promote("sizes", threshold)
    assert champion_modules(registry, "sizes", is_trusted=True) == ("flow_trainers",)
    assert champion_modules(registry, "sizes", is_trusted=False) == ()
    monkeypatch.setenv("SWEEPFLOW_FUNCTION_MODULES", "other, flow_trainers")
    assert champion_modules(registry, "sizes", is_trusted=False) == ("flow_trainers",)
