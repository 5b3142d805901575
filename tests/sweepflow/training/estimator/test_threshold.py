"""A decision threshold chosen on rows that are neither trained on nor for the test, and kept in the model."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold

from recorded import ranked_row
from sweepflow.archive.folder import SweepFolder
from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import all_training_rows, features_and_target, load_part
from sweepflow.data.source import DataSource, Validation
from sweepflow.errors import SpecError
from sweepflow.gating import gate_models
from sweepflow.metrics.scorers import objective_of
from sweepflow.models.model_file import load_model, save_model
from sweepflow.running.hand_over import HandOver
from sweepflow.running.preflight import prepare_data
from sweepflow.spec.spec import Spec
from sweepflow.training import EstimatorTrial
from sweepflow.training.job import Job
from sweepflow.training.threshold import best_threshold

LOGISTIC = "sklearn.linear_model.LogisticRegression"
N_ROWS = 600


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """One row in eight is `fraud`, and from .5 on hardly any is told."""
    generator = np.random.default_rng(1)
    x, z = generator.normal(size=(2, N_ROWS)).round(3)
    is_fraud = generator.random(N_ROWS) < 1 / (1 + np.exp(2.6 - 1.2 * x))
    kind = np.where(z > 1, "c", np.where(z > 0, "b", "a"))
    table = pd.DataFrame(
        {"x": x, "z": z, "y": np.where(is_fraud, "fraud", "good"), "kind": kind, "w": 1 + (x > 0)}
    )
    path = tmp_path_factory.mktemp("threshold") / "t.csv"
    table.to_csv(path, index=False)
    return path


def prepared(path, target="y", **fields):
    options = {"positive_label": "fraud"} if target == "y" else {}
    dropped = tuple({"y", "kind", "w"} - {target, *fields.values()})
    source = DataSource(path=str(path), target=target, drop=dropped, **options, **fields)
    return prepare(source, Validation(), path.parent / "cache", is_classifier=True)


def trial(metric="f1", estimator=LOGISTIC, **fields):
    return EstimatorTrial(estimator=estimator, threshold={"metric": metric}, **fields)


def job(data, metric="f1", **fields):
    return Job(parameters={}, data=data, objective=objective_of(metric), metrics=("f1", "roc_auc"), **fields)


def trained(asked, work):
    values = []
    return values, asked.train(work, lambda metrics: values.extend(metrics.values()))


def rows(data, part):
    features, target = features_and_target(load_part(data.folder, part), data)
    return features, target == "fraud"


def f1(model, data, part):
    features, truth = rows(data, part)
    return f1_score(truth, model.predict(features) == "fraud")


def probability(model, features):
    return model.predict_proba(features)[:, list(model.classes_).index("fraud")]


def best_by_hand(said, truth, weight=None):
    """The best F1 of any threshold there is."""
    return max(f1_score(truth, said >= each, sample_weight=weight) for each in said)


@pytest.mark.parametrize(
    ("estimator", "fields"),
    [
        (LOGISTIC, {}),
        (
            "sklearn.ensemble.GradientBoostingClassifier",
            {"parameters": {"n_estimators": 10}, "iterations": {"parameter": "n_estimators", "step": 5}},
        ),
        (
            "lightgbm.LGBMClassifier",
            {"parameters": {"n_estimators": 10}, "iterations": {"parameter": "n_estimators", "step": 5}},
        ),
    ],
)
def test_a_trial_is_scored_as_its_model_decides_and_the_threshold_is_in_its_file(
    estimator, fields, path, tmp_path, monkeypatch
):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    data = prepared(path)
    values, found = trained(trial(estimator=estimator, **fields), job(data))
    plain, _ = trained(EstimatorTrial(estimator=estimator, **fields), job(data))
    assert all(decided > usual for decided, usual in zip(values, plain, strict=True))
    features, truth = rows(data, "validation")
    assert max(values) == pytest.approx(best_by_hand(probability(found.model, features), truth))
    save_model(found.model, tmp_path / "model.skops")
    loaded = load_model(tmp_path / "model.skops")
    assert f1(loaded, data, "validation") == pytest.approx(max(values))
    said = probability(loaded, features)
    assert ((loaded.predict(features) == "fraud") == (said >= loaded["estimator"].threshold)).all()
    assert found.metrics["roc_auc"] == pytest.approx(roc_auc_score(truth, said))


def test_the_threshold_knows_nothing_of_the_test_rows_or_of_rows_trained_on(path):
    data = prepared(path)
    asked = trial()
    _, found = trained(asked, job(data))
    refitted = asked.refit(job(data), 1)
    assert refitted["estimator"].threshold == found.model["estimator"].threshold
    whole = asked.model({}, data).fit(*all_training_rows(data))
    features, _ = rows(data, "test")
    np.testing.assert_allclose(refitted.predict_proba(features), whole.predict_proba(features))
    assert asked.fit_again(job(data), 1)["estimator"].threshold == found.model["estimator"].threshold


def test_with_folds_the_threshold_is_best_over_all_held_out_rows(path):
    data = prepared(path)
    asked = trial()
    values, found = trained(asked, job(data, folds=3))
    features, target = all_training_rows(data)
    said = np.zeros(len(target))
    for train, held_out in StratifiedKFold(3, shuffle=True, random_state=0).split(features, target):
        model = asked.model({}, data).fit(features.iloc[train], target[train])
        said[held_out] = probability(model, features.iloc[held_out])
    truth = target == "fraud"
    threshold = found.model["estimator"].threshold
    assert f1_score(truth, said >= threshold) == pytest.approx(best_by_hand(said, truth), abs=0.01)
    assert len(values) == 3
    again = asked.refit(job(data, folds=3), 3)
    assert again["estimator"].threshold == threshold


def test_weights_count_in_the_choice(path):
    data = prepared(path, weight="w")
    _, found = trained(trial(), job(data))
    features, truth = rows(data, "validation")
    weight = 1 + (features.x > 0).to_numpy()
    said = probability(found.model, features)
    chosen = f1_score(truth, said >= found.model["estimator"].threshold, sample_weight=weight)
    assert chosen == pytest.approx(best_by_hand(said, truth, weight))


def test_of_equal_thresholds_the_one_nearest_to_the_middle_is_chosen():
    truth = np.array([False, False, True, True])
    said = np.array([0.1, 0.2, 0.8, 0.9])
    assert best_threshold(said, truth, objective_of("f1"), None) == 0.5
    assert best_threshold(said / 2, truth, objective_of("f1"), None) == pytest.approx(0.25)
    assert best_threshold(np.full(4, 0.1), truth, objective_of("accuracy"), None) == 0.5


def spec_of(path, metric="f1", target="y", primary="f1", estimator=LOGISTIC, goal="maximize"):
    return Spec.parse(
        {
            "data": {"path": str(path), "target": target, "features": ["x", "z"]},
            "trial": {"estimator": estimator, "threshold": {"metric": metric}},
            "search_space": {"fit_intercept": {"type": "choice", "values": [True, False]}},
            "objective": {"primary_metric": primary, "goal": goal},
            "limits": {"max_total_trials": 2},
        }
    ).settled(7, 2)


def test_the_model_handed_over_its_test_the_gate_and_the_card_have_the_threshold(path, tmp_path):
    data, spec = prepared(path), spec_of(path)
    outcome = {"best_interval": 1, "intervals": 1}
    ranked = [
        ranked_row(1, parameters={"fit_intercept": False}, value=0.4, **outcome),
        ranked_row(0, parameters={"fit_intercept": True}, value=0.39, **outcome),
    ]
    found = HandOver(spec, data, ranked, [], SweepFolder(tmp_path, "s").create()).run()
    model = load_model(found.model_path)
    assert found.test_metrics["f1"].value == pytest.approx(f1(model, data, "test"))
    plain = EstimatorTrial(estimator=LOGISTIC).model({}, data).fit(*all_training_rows(data))
    decision = gate_models(plain, model, data, metric="f1")
    assert decision.difference == pytest.approx(f1(model, data, "test") - f1(plain, data, "test"))
    assert decision.difference > 0.05
    assert spec.trial.facts({}, data)["threshold chosen by"] == "f1"
    features, truth = rows(data, "test")
    assert balanced_accuracy_score(truth, model.predict(features) == "fraud") > 0.6


# --- what is refused


@pytest.mark.parametrize(
    ("fields", "path_of_fault", "message"),
    [
        ({"metric": "roc_auc"}, "trial.threshold.metric", "roc_auc does not depend on a threshold"),
        ({"metric": "f_one"}, "trial.threshold.metric", "must be the name of a scikit-learn scorer"),
        ({"metric": "a:b"}, "trial.threshold.metric", "must be the objective's primary_metric too"),
        ({"estimator": "sklearn.linear_model.Ridge"}, "trial.threshold", "predicts numbers"),
    ],
)
def test_a_threshold_that_means_nothing_is_refused(fields, path_of_fault, message, path):
    with pytest.raises(SpecError) as refused:
        spec_of(path, **fields).check(is_trusted=True)
    assert any(each.path == path_of_fault and message in each.message for each in refused.value.problems)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"target": "kind", "primary": "accuracy"}, "'kind' holds 3 classes"),
        ({"estimator": "sklearn.svm.LinearSVC"}, "has no predict_proba"),
    ],
)
def test_so_is_one_that_the_data_or_the_estimator_have_no_use_for(fields, message, path, tmp_path):
    with pytest.raises(SpecError) as refused:
        prepare_data(spec_of(path, **fields), tmp_path)
    [problem] = refused.value.problems
    assert (problem.path, message in problem.message) == ("trial.threshold", True)
