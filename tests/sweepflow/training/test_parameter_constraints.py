"""What scikit-learn's parameter constraints say before anything is fitted."""

from typing import Any

import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import AdaBoostClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import all_estimators

from sweepflow.training.parameter_constraints import ParameterConstraints


@pytest.mark.parametrize(
    ("estimator", "name", "value", "told"),
    [
        (
            RandomForestClassifier(),
            "criterion",
            "ginny",
            "must be 'entropy', 'gini' or 'log_loss', got 'ginny'; did you mean 'gini'?",
        ),
        (RandomForestClassifier(), "n_estimators", 0, "must be an int in the range [1, inf), got 0"),
        (RandomForestClassifier(), "n_estimators", 10.0, "[1, inf), got 10.0; write 10"),
        (RandomForestClassifier(), "n_estimators", 10.5, "[1, inf), got 10.5"),
        (
            RandomForestClassifier(),
            "max_depth",
            "None",
            "must be an int in the range [1, inf) or null, got 'None', which is text; write null",
        ),
        (RandomForestClassifier(), "max_depth", "3", "got '3', which is text; write 3"),
        (
            RandomForestClassifier(),
            "bootstrap",
            "yes",
            "must be true or false, got 'yes', which is text; write true",
        ),
        (SVC(), "kernel", "RBF", "got 'RBF'; did you mean 'rbf'?"),
        (SVC(), "random_state", "x", "must be an int in the range [0, 4294967295] or null, got 'x'"),
        (LogisticRegression(), "C", -1, "must be a float in the range (0.0, inf], got -1"),
        (
            MLPClassifier(),
            "hidden_layer_sizes",
            "100",
            "a list or an int in the range [1, inf), got '100', which is text; write 100",
        ),
        (AdaBoostClassifier(DecisionTreeClassifier()), "estimator__max_depth", 0, "[1, inf) or null, got 0"),
        (SVC(), "preprocess__numeric__impute__strategy", "meen", "did you mean 'mean'?"),
        (
            SVC(),
            "preprocess__categorical__encode__max_categories",
            0,
            "an int in the range [1, inf) or null, got 0",
        ),
    ],
)
def test_a_value_that_the_estimator_would_refuse_is_told_with_the_rule_and_the_cure(
    estimator: Any, name: str, value: object, told: str
) -> None:
    assert str(ParameterConstraints(estimator).refusal(name, value)).endswith(told)


@pytest.mark.parametrize(
    ("estimator", "name", "value"),
    [
        (RandomForestClassifier(), "max_depth", None),
        (RandomForestClassifier(), "max_features", 0.5),
        (RandomForestClassifier(), "class_weight", {"yes": 2}),
        (MLPClassifier(), "hidden_layer_sizes", [10, 5]),
        (SVC(), "gamma", "scale"),
        (SVC(), "no_such_parameter", "x"),
        (SVC(), "no_such__parameter", "x"),
        (SVC(), "preprocess__categorical__impute__fill_value", "None"),
    ],
)
def test_what_the_estimator_takes_or_nobody_knows_is_fine(estimator: Any, name: str, value: object) -> None:
    assert ParameterConstraints(estimator).refusal(name, value) is None


class _Theirs(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    def __init__(self, depth: object = 3) -> None:
        self.depth = depth

    def fit(self, _features: object, _target: object) -> "_Theirs":
        return self


class _Rounding(RandomForestClassifier):  # type: ignore[misc]
    """Takes numbers of trees that are not whole."""

    def fit(self, *arguments: Any, **options: Any) -> Any:
        return self.set_params(n_estimators=round(self.n_estimators)).fit(*arguments, **options)


def test_an_estimator_with_a_fit_of_its_own_decides_for_itself() -> None:
    assert ParameterConstraints(_Theirs()).refusal("depth", "ginny") is None
    assert ParameterConstraints(_Rounding()).refusal("n_estimators", 10.5) is None


def test_no_classifier_or_regressor_of_scikit_learn_refuses_its_own_defaults() -> None:
    n_known = 0
    for _, kind in all_estimators(type_filter=["classifier", "regressor"]):
        try:
            estimator = kind()
        except (TypeError, FutureWarning):  # it needs another estimator, or is deprecated
            continue
        constraints = ParameterConstraints(estimator)
        for name, value in estimator.get_params(deep=False).items():
            if constraints.knows(name):
                n_known += 1
                assert constraints.rule(name)
                assert (constraints.refusal(name, value) is None) or value is None, f"{kind.__name__}.{name}"
    assert n_known > 500
