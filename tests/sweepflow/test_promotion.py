"""What a promotion may be asked for, and how new rows are scored; the flow: tests/flows/test_promote.py."""

import importlib
import re
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from sweepflow import with_labels
from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import all_training_rows, load_part
from sweepflow.data.source import DataSource, Validation
from sweepflow.errors import DataError, SpecError, SweepflowError
from sweepflow.models.model_file import ModelError, save_model
from sweepflow.models.registry import Registry
from sweepflow.promotion import PromotionRequest, judge, score
from sweepflow.result import SweepResult
from sweepflow.training.pipeline import pipeline
from sweepflow.training.preprocessor import unfitted

N_ROWS = 60


def request(metric: str, goal: str, **trial: str) -> PromotionRequest:
    sweep: dict[str, Any] = {
        "data": {"path": "t.csv", "target": "y"},
        "trial": trial,
        "search_space": {"C": {"type": "choice", "values": [1]}},
        "objective": {"primary_metric": metric, "goal": goal},
        "limits": {"max_total_trials": 1},
    }
    return PromotionRequest.parse({"name": "model", "sweep": sweep})


@pytest.mark.parametrize(("metric", "goal"), [("accuracy", "maximize"), ("log_loss", "minimize")])
def test_a_function_s_model_is_judged_by_what_scikit_learn_can_compute(metric: str, goal: str) -> None:
    assert request(metric, goal, function="a:b").sweep.objective.goal == goal


@pytest.mark.parametrize(
    ("metric", "goal"), [("my_own", "maximize"), ("accuracy", "minimize"), ("log_loss", "maximize")]
)
def test_a_metric_that_the_gate_cannot_compare_by_is_refused_before_the_sweep(metric: str, goal: str) -> None:
    with pytest.raises(SpecError, match=f"^sweep: .*the gate compares by it; got {metric} to {goal}$"):
        request(metric, goal, function="a:b")


def test_rows_without_a_column_that_the_model_needs_are_refused_by_its_name(
    tmp_path: Path,
) -> None:
    model, card = tmp_path / "model.skops", tmp_path / "card.md"
    days = pd.DataFrame({"day": [0.0, 1.0, 2.0, 3.0]})
    save_model(LogisticRegression().fit(days, [0, 0, 1, 1]), model)
    card.touch()
    registry = Registry(tmp_path / "home")
    registry.promote("m", registry.register("m", "a-sweep", model, card, {}), "by hand")
    rows = tmp_path / "rows.csv"
    rows.write_text("hour\n1\n")
    told = "the table lacks the column 'day' that the model has learned from; it has 'hour'"
    with pytest.raises(DataError, match=re.escape(f"rows: {rows}: {told}")):
        score(registry, "m", str(rows), tmp_path / "scores.parquet")


@pytest.mark.parametrize(
    ("cells", "options"),
    [
        ([f"{n}.500" for n in range(N_ROWS)], {"thousands": "."}),
        ([f"{n},5" for n in range(N_ROWS)], {}),
        ([f"$ {n}" if n % 30 else "?" for n in range(N_ROWS)], {}),
        ([f"{n:03}" for n in range(N_ROWS)], {"categories": ("x",)}),
        ([f"{n}" if n % 30 else "-999" for n in range(N_ROWS)], {"nulls": ("-999",)}),
    ],
)
def test_new_rows_are_read_as_the_champion_has_learned_them(
    tmp_path: Path, cells: list[str], options: dict[str, object]
) -> None:
    table = pd.DataFrame({"x": cells, "n": range(N_ROWS), "y": ["a"] * 30 + ["b"] * 30})
    table.to_csv(tmp_path / "t.csv", index=False)
    source = DataSource(path=str(tmp_path / "t.csv"), target="y", **options)
    data = prepare(source, Validation(), tmp_path / "cache", is_classifier=True)
    model = pipeline(unfitted(data, {}), LogisticRegression()).fit(*all_training_rows(data))
    save_model(model, tmp_path / "model.skops")
    (tmp_path / "model-card.md").write_text("# Card\n")
    registry = Registry(tmp_path / "home")
    registry.register("m", "sweep", tmp_path / "model.skops", tmp_path / "model-card.md", {})
    registry.promote("m", 1, "why not")
    scored = pd.read_parquet(score(registry, "m", str(tmp_path / "t.csv"), tmp_path / "scores.parquet"))
    parts = pd.concat([load_part(data.folder, part) for part in ("train", "validation", "test")])
    expected = model.predict(parts.sort_values("n"))
    np.testing.assert_array_equal(scored["prediction"], expected)


def test_models_of_types_of_a_function_s_own_are_judged_and_predict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "thresholds.py").write_text(
        "class Threshold:\n"
        "    def __init__(self, at):\n"
        "        self.at = at\n\n"
        "    def predict(self, table):\n"
        "        return ['b' if value >= self.at else 'a' for value in table['x']]\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    thresholds = importlib.import_module("thresholds")
    table = pd.DataFrame({"x": range(1000), "y": ["a"] * 500 + ["b"] * 500})
    table.to_csv(tmp_path / "t.csv", index=False)
    source = DataSource(path=str(tmp_path / "t.csv"), target="y")
    data = prepare(source, Validation(), tmp_path / "cache", is_classifier=None)
    home = tmp_path / "home"
    shutil.copytree(data.folder, home / "sweeps" / "s" / "data")
    bar = {"metric": "accuracy", "min_improvement": 0.0, "confidence": 0.95}
    trusted = {"trusted_modules": ("thresholds",)}
    registry = Registry(home)
    card = tmp_path / "model-card.md"
    card.write_text("# Card\n")
    for at, is_better in ((300, True), (500, True), (400, False)):
        path = tmp_path / f"{at}.skops"
        save_model(thresholds.Threshold(at), path)
        result = SweepResult(sweep_id="s", state="completed", model_path=str(path))
        decision = judge(registry, "m", result, home, **bar, **trusted)
        assert decision.promote == is_better
        if is_better:
            registry.promote("m", registry.register("m", "s", path, card, {}), decision.reason)
    scored = pd.read_parquet(score(registry, "m", str(tmp_path / "t.csv"), tmp_path / "s.parquet", **trusted))
    assert (scored["prediction"] == table["y"]).all()
    with pytest.raises(ModelError, match=r"SWEEPFLOW_ESTIMATOR_PACKAGES names thresholds"):
        judge(registry, "m", result, home, **bar)
    sys.modules.pop("thresholds")


@pytest.fixture
def scored(tmp_path: Path) -> Any:
    """The predictions of a champion for a table with the target and a further column."""
    table = pd.DataFrame({"id": range(60), "x": range(60), "y": ["a"] * 30 + ["b"] * 30})
    table.to_csv(tmp_path / "t.csv", index=False)

    def make(model: Any) -> Any:
        save_model(model, tmp_path / "model.skops")
        (tmp_path / "model-card.md").write_text("# Card\n")
        registry = Registry(tmp_path / "home")
        registry.register("m", "sweep", tmp_path / "model.skops", tmp_path / "model-card.md", {})
        registry.promote("m", 1, "why not")
        path = score(registry, "m", str(tmp_path / "t.csv"), tmp_path / "scores.parquet")
        return table, pd.read_parquet(path)

    return make


@pytest.mark.parametrize("is_labelled", [True, False])
def test_a_function_s_model_is_given_the_columns_that_it_has_learned_from(
    is_labelled: bool, scored: Any
) -> None:
    features, truth = pd.DataFrame({"x": range(60)}), np.repeat([0, 1] if is_labelled else ["a", "b"], 30)
    model = LogisticRegression(C=1e6).fit(features, truth)
    table, found = scored(with_labels(model, ["a", "b"]) if is_labelled else model)
    assert (found["prediction"] == table["y"]).all()
    assert list(found) == ["id", "x", "y", "prediction"]


def test_rows_that_the_champion_cannot_predict_are_refused_in_a_sentence(scored: Any) -> None:
    model = LogisticRegression().fit(np.arange(60).reshape(-1, 1), np.repeat([0, 1], 30))
    with pytest.raises(DataError, match=r"t\.csv: the champion cannot predict these rows: X has"):
        scored(model)


@pytest.fixture
def several(tmp_path: Path) -> Any:
    """A sweep's data with two targets, the registry beside it, and a model of any order of the targets."""
    generator = np.random.default_rng(0)
    table = pd.DataFrame({"x": generator.normal(size=120)})
    table["price"], table["days"] = 1000 * table.x + generator.normal(size=120), table.x
    table.to_csv(tmp_path / "t.csv", index=False)
    home, card = tmp_path / "home", tmp_path / "card.md"
    card.touch()

    def swept(*targets: str) -> tuple[SweepResult, Any]:
        source = DataSource(path=str(tmp_path / "t.csv"), target=targets)
        data = prepare(source, Validation(), tmp_path / "cache", is_classifier=False)
        sweep = f"s-{'-'.join(targets)}"
        shutil.copytree(data.folder, home / "sweeps" / sweep / "data", dirs_exist_ok=True)
        model = pipeline(unfitted(data, {}), LinearRegression()).fit(*all_training_rows(data))
        path = tmp_path / f"{sweep}.skops"
        save_model(model, path)
        return SweepResult(sweep_id=sweep, state="completed", model_path=str(path)), model

    return SimpleNamespace(path=tmp_path / "t.csv", table=table, card=card, home=home, swept=swept)


def test_a_champion_of_several_targets_has_a_column_for_each_and_a_challenger_of_the_same(
    several: Any, tmp_path: Path
) -> None:
    registry, bar = Registry(several.home), {"metric": "r2", "min_improvement": 0.0, "confidence": 0.95}
    result, model = several.swept("price", "days")
    assert judge(registry, "m", result, several.home, **bar).promote  # better than the means
    facts = {"targets": ["price", "days"]}
    version = registry.register("m", result.sweep_id, Path(result.model_path), several.card, facts)
    registry.promote("m", version, "by hand")
    scored = pd.read_parquet(score(registry, "m", str(several.path), tmp_path / "scores.parquet"))
    expected = model.predict(several.table)
    np.testing.assert_array_equal(scored[["prediction.price", "prediction.days"]], expected)
    assert not judge(registry, "m", result, several.home, **bar).promote
    other, _ = several.swept("days", "price")
    told = "the champion of 'm' predicts price, days, and this sweep days, price: name another"
    with pytest.raises(SweepflowError, match=told):
        judge(registry, "m", other, several.home, **bar)
