import time

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin

from sweepflow.data.prepared import load_target
from sweepflow.errors import SpecError
from sweepflow.running.preflight import prepare_data
from sweepflow.spec.spec import Spec
from sweepflow.training.estimator import EstimatorTrial, toy
from sweepflow.training.estimator.toy import few_rows, impossible


@pytest.fixture
def problems(source, tmp_path):
    """The problems of a spec before its first trial, by path."""

    def check(estimator, *metrics, space=None, target="label", constraints=(), **parameters):
        primary, *further = metrics or ("accuracy",)
        others = [name for name in ("label", "kind", "amount") if name != target]
        fields = {
            "data": {"path": str(source), "target": target, "dates": ["day"], "drop": ["id", *others]},
            "trial": {"estimator": f"sklearn.{estimator}", "parameters": parameters},
            "search_space": space or {"tol": {"type": "choice", "values": [1e-3, 1e-4]}},
            "objective": {"primary_metric": primary, "goal": "maximize"},
            "metrics": further,
            "constraints": constraints,
            "limits": {"max_total_trials": 2},
        }
        try:
            prepare_data(Spec.checked(fields, is_trusted=True), tmp_path)
        except SpecError as error:
            return {problem.path: problem.message for problem in error.problems}
        return {}

    return check


def choice(*values):
    return {"type": "choice", "values": list(values)}


def test_a_metric_that_the_estimator_can_never_give_is_an_error_with_its_cure(problems):
    found = problems("svm.SVC", "roc_auc", "accuracy", "neg_log_loss")
    assert found == {
        "metrics.1": "SVC has no predict_proba, which neg_log_loss needs: "
        "set probability: true in trial.parameters, or name another metric"
    }
    found = problems("linear_model.SGDClassifier", "neg_log_loss", space={"alpha": choice(0.1)})
    assert "set loss: log_loss in trial.parameters, or" in found["objective.primary_metric"]
    found = problems("svm.LinearSVC", "neg_brier_score", target="kind")
    assert found["objective.primary_metric"].endswith("which neg_brier_score needs: name another metric")


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize(
    ("estimator", "space", "parameters"),
    [
        ("svm.SVC", None, {"probability": True}),
        ("svm.SVC", {"probability": choice(False, True)}, {}),
        ("linear_model.SGDClassifier", {"loss": choice("hinge", "log_loss")}, {}),
        ("linear_model.SGDClassifier", {"kind": choice({"loss": "hinge"}, {"loss": "log_loss"})}, {}),
        ("ensemble.BaggingClassifier", {"n_estimators": choice(3)}, {}),
        ("naive_bayes.GaussianNB", {"var_smoothing": choice(1e-9)}, {}),
        ("neural_network.MLPClassifier", {"alpha": choice(0.1)}, {"max_iter": 100_000, "tol": 0.0}),
        ("ensemble.RandomForestClassifier", {"max_depth": choice(3)}, {"n_estimators": 10_000, "n_jobs": -1}),
    ],
)
def test_a_metric_that_some_draw_can_give_is_no_problem(problems, estimator, space, parameters):
    assert problems(estimator, "accuracy", "neg_log_loss", "roc_auc", space=space, **parameters) == {}


def test_a_draw_that_the_constraints_forbid_does_not_count(problems):
    space = {"loss": choice("hinge", "log_loss"), "alpha": choice(0.1, 0.2)}
    found = problems(
        "linear_model.SGDClassifier", "neg_log_loss", space=space, constraints=["loss == 'hinge'"]
    )
    assert list(found) == ["objective.primary_metric"]


def test_one_choice_of_very_many_is_looked_at(problems):
    many = {name: choice(*np.linspace(1, 2, 30).tolist()) for name in ("alpha", "eta0", "power_t")}
    space = {**many, "loss": choice("hinge", "perceptron", "log_loss")}
    assert problems("linear_model.SGDClassifier", "neg_log_loss", space=space) == {}


def test_a_fit_that_fails_for_want_of_rows_refuses_nothing(problems):
    space = {"n_neighbors": choice(100)}
    assert problems("neighbors.KNeighborsClassifier", "accuracy", "neg_log_loss", space=space) == {}


def test_a_regressor_is_asked_for_no_probabilities(problems):
    assert problems("svm.SVR", "r2", "neg_mean_absolute_error", target="amount") == {}


class Unwritable(ClassifierMixin, BaseEstimator):
    """Holds something that no file can."""

    def __init__(self, keeps=True):
        self.keeps = keeps

    def fit(self, features, target):
        self.classes_ = np.unique(target)
        self.function_ = (lambda: features) if self.keeps else None
        return self

    def predict(self, features):
        return np.repeat(self.classes_[:1], len(features))


class Slow(Unwritable):
    def fit(self, features, target):
        time.sleep(3)
        return super().fit(features, target)


def test_a_model_that_no_draw_lets_be_written_is_an_error_before_the_first_trial(problems, monkeypatch):
    monkeypatch.setattr(EstimatorTrial, "load", lambda _: Unwritable)
    found = problems("dummy.Any", space={"keeps": choice(True)})
    assert found["trial.estimator"].startswith("no trial could keep its model: the model, a ")
    monkeypatch.setenv("SWEEPFLOW_ESTIMATOR_PACKAGES", __name__.partition(".")[0])
    assert problems("dummy.Any", space={"keeps": choice(True, False)}) == {}


def test_a_fit_that_takes_long_is_not_waited_for(problems, monkeypatch):
    monkeypatch.setattr(EstimatorTrial, "load", lambda _: Slow)
    monkeypatch.setattr(toy, "_MOST_SECONDS", 0.1)
    assert problems("dummy.Any", space={"keeps": choice(True)}) == {}


def test_the_few_rows_have_all_classes(prepared):
    target = load_target(prepared("kind"), "train")
    rows = few_rows(target, is_classification=True)
    assert len(rows) <= 50
    assert set(target[rows]) == {"small", "medium", "large"}
    assert list(few_rows(np.arange(7.0), is_classification=False)) == list(range(7))
    rare = np.array([0] * 500 + [1] * 3 + list(range(2, 80)))
    assert set(rare[few_rows(rare, is_classification=True)]) == set(range(80))


ENCODED = """
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.naive_bayes import GaussianNB


class Right(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        self.classes_, numbers = np.unique(y, return_inverse=True)
        self.model_ = GaussianNB().fit(X, numbers)
        return self

    def predict(self, X):
        return self.classes_[self.model_.predict(X)]

    def predict_proba(self, X):
        return self.model_.predict_proba(X)


class Encoded(Right):
    def predict(self, X):
        return self.model_.predict(X)
"""


@pytest.mark.parametrize("target", ["label", "kind"])
def test_an_estimator_of_one_s_own_that_answers_in_other_labels_is_refused(
    target, prepared, monkeypatch, tmp_path
):
    (tmp_path / "encoded_estimators.py").write_text(ENCODED)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("SWEEPFLOW_ESTIMATOR_PACKAGES", "encoded_estimators")
    data, metrics = prepared(target), [("objective.primary_metric", "accuracy")]
    right, encoded = (EstimatorTrial(estimator=f"encoded_estimators.{name}") for name in ("Right", "Encoded"))
    assert impossible(right, {}, metrics, data, lambda _: True) == []
    (found,) = impossible(encoded, {}, metrics, data, lambda _: True)
    assert found.path == "trial.estimator"
    numbers = ", ".join(map(str, range(len(data.labels))))
    held = ", ".join(map(repr, data.labels))
    assert found.message == (
        f"the estimator Encoded answers {numbers}, but the target '{target}' holds {held}: "
        "let its predict give the labels that its fit was given, as self.classes_[numbers] does"
    )
