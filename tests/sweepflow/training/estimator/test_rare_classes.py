"""A class so rare that some part of the rows lacks it: every metric knows it all the same."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC

from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import features_and_target, load_part
from sweepflow.data.source import DataSource, Validation
from sweepflow.gating.models import gate_models
from sweepflow.metrics.scoreboard import Scoreboard
from sweepflow.running.preflight import prepare_data
from sweepflow.spec.spec import Spec
from sweepflow.training import EstimatorTrial
from sweepflow.training.pipeline import pipeline
from sweepflow.training.preprocessor import unfitted

METRICS = (
    *("neg_log_loss", "neg_brier_score", "d2_log_loss_score", "d2_brier_score", "top_k_accuracy"),
    *("roc_auc_ovr", "roc_auc_ovr_weighted", "roc_auc_ovo", "roc_auc_ovo_weighted", "average_precision"),
    *("accuracy", "balanced_accuracy", "f1_macro", "precision_weighted"),
)
N_ROWS = 90


@pytest.fixture(scope="module")
def table():
    generator = np.random.default_rng(3)
    signal = generator.normal(size=N_ROWS)
    label = np.select([signal < -0.4, signal < 0.4], ["a", "c"], "d").astype(object)
    label[[17, 48]] = "b"
    return pd.DataFrame({"x": signal + generator.normal(0, 0.5, N_ROWS), "y": signal**2, "label": label})


@pytest.fixture(scope="module")
def rare_in(table, tmp_path_factory):
    """Prepares the table so that only one part of its rows has the class `b`."""
    folder = tmp_path_factory.mktemp("rare")
    table.to_csv(folder / "t.csv", index=False)
    source = DataSource(path=str(folder / "t.csv"), target="label")

    def make(part):
        for seed in range(1000):
            data = prepare(source, Validation(stratify=False, seed=seed), folder, is_classifier=True)
            labels = {each: set(load_part(data.folder, each)["label"]) for each in data.n_rows}
            if [each for each in labels if "b" in labels[each]] == [part]:
                return data, seed
        raise AssertionError("no such split")

    return make


def rows(data, part):
    return features_and_target(load_part(data.folder, part), data)


@pytest.mark.filterwarnings("ignore::UserWarning")  # scikit-learn's, of labels that nobody has or predicts
@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_a_trial_has_every_metric_whatever_part_alone_has_the_class(part, rare_in, job):
    data, _ = rare_in(part)
    trial = EstimatorTrial(estimator="sklearn.linear_model.LogisticRegression")
    values = []
    trained = trial.train(job(data, *METRICS), values.append)
    assert np.isfinite(values[0]["neg_log_loss"])
    assert set(trained.metrics) == set(METRICS[1:])
    assert all(map(np.isfinite, trained.metrics.values()))


def test_a_class_that_the_training_rows_lack_has_probability_0(rare_in):
    data, _ = rare_in("validation")
    model = pipeline(unfitted(data, {}), LogisticRegression()).fit(*rows(data, "train"))
    features, truth = rows(data, "validation")
    board = Scoreboard(model, features, truth, data)
    table = np.insert(model.predict_proba(features), 1, 0, axis=1)
    assert board.value("neg_log_loss") == pytest.approx(-log_loss(truth, table, labels=list("abcd")))
    each = [roc_auc_score(truth == label, table[:, place]) for place, label in enumerate("abcd")]
    assert each[1] == 0.5
    assert board.value("roc_auc_ovr") == pytest.approx(np.mean(each))


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("metric", ["neg_log_loss", "roc_auc_ovr", "roc_auc_ovr_weighted", "f1_macro"])
def test_an_interval_is_that_of_the_classes_that_occur(metric, rare_in):
    data, _ = rare_in("train")
    model = pipeline(unfitted(data, {}), GaussianNB()).fit(*rows(data, "train"))
    features, truth = rows(data, "test")
    found = Scoreboard(model, features, truth, data).interval(metric, seed=0)
    assert found.low <= found.value <= found.high


@pytest.mark.parametrize(
    ("metric", "function"), [("roc_auc_ovr", roc_auc_score), ("average_precision", average_precision_score)]
)
def test_a_class_that_does_not_occur_is_left_out_of_the_mean(metric, function, rare_in):
    data, _ = rare_in("train")
    model = pipeline(unfitted(data, {}), GaussianNB()).fit(*rows(data, "train"))
    features, truth = rows(data, "test")
    table = model.predict_proba(features)
    each = [function(truth == "abcd"[place], table[:, place]) for place in (0, 2, 3)]
    assert Scoreboard(model, features, truth, data).value(metric) == pytest.approx(np.mean(each))


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_decision_scores_are_aligned_too(part, rare_in):
    data, _ = rare_in(part)
    model = pipeline(unfitted(data, {}), LinearSVC()).fit(*rows(data, "train"))
    for other in ("validation", "test"):
        value = Scoreboard(model, *rows(data, other), data).value("top_k_accuracy")
        assert 0 < value <= 1


@pytest.mark.parametrize("part", ["train", "validation", "test"])
@pytest.mark.parametrize("metric", ["neg_log_loss", "neg_brier_score", "roc_auc_ovr", "accuracy"])
def test_the_gate_compares_models_that_know_the_class_or_not(metric, part, rare_in):
    data, _ = rare_in(part)
    model = pipeline(unfitted(data, {}), GaussianNB()).fit(*rows(data, "train"))
    decision = gate_models(model, model, data, metric=metric)
    assert decision.difference == 0


def test_the_spec_is_not_refused(rare_in, table, tmp_path):
    _, seed = rare_in("validation")
    table.to_csv(tmp_path / "t.csv", index=False)
    spec = Spec.parse(
        {
            "data": {"path": str(tmp_path / "t.csv"), "target": "label"},
            "validation": {"stratify": False, "seed": seed},
            "trial": {"estimator": "sklearn.naive_bayes.GaussianNB"},
            "search_space": {"var_smoothing": {"type": "choice", "values": [1e-9]}},
            "objective": {"primary_metric": "roc_auc_ovr", "goal": "maximize"},
            "metrics": METRICS,
            "limits": {"max_total_trials": 1},
        }
    )
    assert prepare_data(spec, tmp_path).labels == ("a", "b", "c", "d")


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_two_classes_of_which_the_rows_have_one_still_have_a_log_loss(rare_in, tmp_path):
    table = pd.DataFrame({"x": np.arange(50.0), "label": ["no"] * 49 + ["yes"]})
    table.to_csv(tmp_path / "t.csv", index=False)
    source = DataSource(path=str(tmp_path / "t.csv"), target="label")
    data = prepare(source, Validation(stratify=False), tmp_path, is_classifier=True)
    model = pipeline(unfitted(data, {}), GaussianNB())
    parts = {part: rows(data, part) for part in data.n_rows}
    home = next(part for part in parts if "yes" in parts[part][1])
    model.fit(*parts["train"])
    for part in data.n_rows:
        board = Scoreboard(model, *parts[part], data)
        for metric in ("neg_log_loss", "neg_brier_score", "accuracy", "f1"):
            value = board.value(metric)
            assert np.isfinite(value)
            assert value > -1e-6 or part == home
