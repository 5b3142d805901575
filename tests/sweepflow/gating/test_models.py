from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import get_scorer
from sklearn.svm import LinearSVC

from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import PreparedData, features_and_target, load_part
from sweepflow.data.source import DataSource, Validation
from sweepflow.gating import GateError
from sweepflow.gating.models import gate_models
from sweepflow.metrics.scoreboard import Scoreboard
from sweepflow.training.pipeline import pipeline
from sweepflow.training.preprocessor import unfitted

Prepared = Callable[..., PreparedData]


def fitted(data: PreparedData, estimator: Any) -> Any:
    features, target = features_and_target(load_part(data.folder, "train"), data)
    return pipeline(unfitted(data, {}), clone(estimator)).fit(features, target)


@pytest.mark.parametrize(
    ("target", "options", "metric", "estimator"),
    [
        ("label", {}, "roc_auc", LogisticRegression()),
        ("label", {"positive_label": "no"}, "average_precision", LogisticRegression()),
        ("label", {"positive_label": "no"}, "roc_auc", LinearSVC()),
        ("label", {"positive_label": "no"}, "f1", LogisticRegression()),
        ("label", {}, "neg_log_loss", LogisticRegression()),
        ("kind", {}, "neg_log_loss", LogisticRegression()),
        ("kind", {}, "roc_auc_ovr", LogisticRegression()),
        ("kind", {}, "f1_macro", LogisticRegression()),
        ("amount", {}, "r2", Ridge()),
    ],
)
def test_a_first_model_is_compared_with_the_baseline_by_the_scorer_s_own_value(
    prepared: Prepared, target: str, options: dict[str, Any], metric: str, estimator: Any
) -> None:
    data = prepared(target, **options)
    model = fitted(data, estimator)
    found = gate_models(None, model, data, metric=metric)
    features, truth = features_and_target(load_part(data.folder, "test"), data)
    dummy = fitted(data, DummyClassifier() if data.is_classification else DummyRegressor())
    before, after = (Scoreboard(rival, features, truth, data).value(metric) for rival in (dummy, model))
    assert found.difference == pytest.approx(after - before)
    assert f"{metric} {before:.4g} -> {after:.4g}:" in found.reason


def test_the_champion_itself_is_not_promoted_and_a_better_model_is(prepared: Prepared) -> None:
    data = prepared("amount")
    good, poor = fitted(data, Ridge()), fitted(data, Ridge(alpha=1e4))
    assert not gate_models(good, good, data, metric="r2").promote
    assert not gate_models(good, poor, data, metric="r2").promote
    assert gate_models(poor, good, data, metric="r2").promote
    assert gate_models(None, good, data, metric="r2").promote


def test_a_first_model_that_has_learnt_nothing_is_not_promoted(prepared: Prepared) -> None:
    data = prepared("amount")
    assert not gate_models(None, fitted(data, DummyRegressor(strategy="median")), data, metric="r2").promote


def test_the_difference_is_that_of_the_scorers_on_the_test_rows(prepared: Prepared) -> None:
    data = prepared("amount")
    champion, challenger = fitted(data, Ridge(alpha=1e4)), fitted(data, Ridge())
    features, target = features_and_target(load_part(data.folder, "test"), data)
    values = [get_scorer("r2")(model, features, target) for model in (champion, challenger)]
    found = gate_models(champion, challenger, data, metric="r2")
    assert found.difference == pytest.approx(values[1] - values[0])


def test_a_model_without_probabilities_cannot_be_compared_by_them(prepared: Prepared) -> None:
    data = prepared("label")
    model = fitted(data, LinearSVC())
    with pytest.raises(GateError, match="the challenger, a Pipeline, has no predict_proba"):
        gate_models(None, model, data, metric="neg_log_loss")


def test_a_champion_of_words_is_not_compared_where_they_have_become_numbers(tmp_path: Path) -> None:
    times = [f"{hour:02}:30" for hour in range(24)] * 5
    rows = pd.DataFrame({"at": times, "x": range(120), "y": [time < "12" for time in times]})
    models = {}
    for name, table in {"words": rows.replace({"at": {"00:30": "closed"}}), "times": rows}.items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
        source = DataSource(path=str(tmp_path / f"{name}.csv"), target="y")
        data = prepare(source, Validation(), tmp_path / "cache", is_classifier=True)
        models[name] = fitted(data, LogisticRegression())
    assert gate_models(models["times"], models["times"], data, metric="accuracy").difference == 0
    with pytest.raises(GateError, match="the champion has learned column 'at' as categories, and the data"):
        gate_models(models["words"], models["times"], data, metric="accuracy")


@pytest.mark.parametrize(
    ("now", "where"),
    [
        ({"group": "person"}, "in data.group, no feature"),
        ({"time": "person"}, "in data.time, no feature"),
        ({"drop": ["person"]}, "no feature"),
    ],
)
def test_a_champion_that_has_learned_from_what_is_no_feature_now_says_what_to_do(
    tmp_path: Path, now: dict[str, Any], where: str
) -> None:
    rows = pd.DataFrame({"person": [n // 4 for n in range(120)], "x": range(120), "y": range(120)})
    rows.to_csv(tmp_path / "t.csv", index=False)
    table = {"path": str(tmp_path / "t.csv"), "target": "y"}
    before, after = (
        prepare(DataSource.parse({**table, **fields}), Validation(), tmp_path / "cache", is_classifier=False)
        for fields in ({}, now)
    )
    champion, challenger = fitted(before, Ridge()), fitted(after, Ridge())
    told = f"test rows: it has learned from column 'person', which is {where} now; `sweepflow promote` makes"
    with pytest.raises(GateError, match=told):
        gate_models(champion, challenger, after, metric="r2")
