"""Lets scripts call scikit-learn as they did at the SDK's time, each change told in the log."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import isclass, signature
from typing import Any

from azureml._notes import note

_RENAMED = {"sparse": "sparse_output", "base_estimator": "estimator"}

_DROPPED: dict[str, tuple[object, ...]] = {
    "multi_class": ("auto", "ovr", "multinomial"),
    "normalize": (False, "deprecated"),
    "algorithm": ("SAMME", "SAMME.R"),
    "min_impurity_split": (None,),
    "presort": (False, True, "auto", "deprecated"),
}
"""Arguments that are gone, and their values that change nothing but the way of the computation."""

_VALUES = {
    ("criterion", "mse"): "squared_error",
    ("criterion", "mae"): "absolute_error",
    ("loss", "ls"): "squared_error",
    ("loss", "lad"): "absolute_error",
    ("loss", "squared_loss"): "squared_error",
    ("loss", "least_squares"): "squared_error",
    ("loss", "least_absolute_deviation"): "absolute_error",
    ("loss", "deviance"): "log_loss",
    ("loss", "log"): "log_loss",
    ("loss", "binary_crossentropy"): "log_loss",
    ("loss", "categorical_crossentropy"): "log_loss",
    ("penalty", "none"): None,
}
"""By argument and old value: the new value."""


def restore_estimators(module: Any) -> None:
    """Let the estimators of a module take their old arguments."""
    import sklearn

    if tuple(map(int, sklearn.__version__.split(".")[:2])) < (1, 2):
        return  # it does, and does not know all of the new ones
    for estimator in vars(module).values():
        if isclass(estimator) and "__init__" in vars(estimator) and hasattr(estimator, "get_params"):
            _restore_arguments(estimator)
    if hasattr(module, "LogisticRegression"):
        _restore_one_versus_rest(module.LogisticRegression)
    if hasattr(module, "OneHotEncoder") and not hasattr(module.OneHotEncoder, "get_feature_names"):
        module.OneHotEncoder.get_feature_names = module.OneHotEncoder.get_feature_names_out


def restore_metrics(metrics: Any) -> None:
    """Give the module of the metrics its old functions and arguments."""
    for name, root in (
        ("mean_squared_error", "root_mean_squared_error"),
        ("mean_squared_log_error", "root_mean_squared_log_error"),
    ):
        if hasattr(metrics, root):
            setattr(metrics, name, _with_squared(getattr(metrics, name), getattr(metrics, root)))
    for name, display in (
        ("plot_confusion_matrix", "ConfusionMatrixDisplay"),
        ("plot_roc_curve", "RocCurveDisplay"),
        ("plot_precision_recall_curve", "PrecisionRecallDisplay"),
    ):
        if not hasattr(metrics, name):
            setattr(metrics, name, getattr(metrics, display).from_estimator)


def _with_squared(mean: Callable[..., Any], root: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(mean)
    def called_as_then(*values: Any, squared: bool = True, **options: Any) -> Any:
        return (mean if squared else root)(*values, **options)

    return called_as_then


def _restore_arguments(estimator: Any) -> None:
    initialize = estimator.__init__
    known = frozenset(signature(initialize).parameters)

    @wraps(initialize)
    def initialize_as_then(self: Any, *values: Any, **options: Any) -> None:
        name = type(self).__name__
        if options.get("multi_class") == "ovr" and "multi_class" not in known:
            self._is_one_versus_rest = True
        initialize(self, *values, **_translated(name, known, options))

    estimator.__init__ = initialize_as_then


def _translated(estimator: str, known: frozenset[str], options: dict[str, Any]) -> dict[str, Any]:
    """The arguments under the names and with the values that scikit-learn has for them now."""
    translated = {}
    for key, value in options.items():
        new_key, new_value = key, value
        if key not in known and _RENAMED.get(key) in known:
            new_key = _RENAMED[key]
        elif key not in known and value in _DROPPED.get(key, ()):
            note(f"{estimator} has no argument {key} any more: {key}={value!r} is left out")
            continue
        elif key == "max_features" and isinstance(value, str) and value == "auto":
            new_value = "sqrt" if "Classifier" in estimator else 1.0
        elif isinstance(value, str):
            new_value = _VALUES.get((key, value), value)
        if (new_key, new_value) != (key, value):
            note(f"{estimator}({key}={value!r}) is {new_key}={new_value!r} now")
        translated[new_key] = new_value
    return translated


def _restore_one_versus_rest(regression: Any) -> None:
    """Let liblinear, and `multi_class="ovr"`, tell more than two classes apart."""
    fit, predict_proba = regression.fit, regression.predict_proba

    @wraps(fit)
    def fit_as_then(self: Any, X: Any, y: Any, sample_weight: Any = None) -> Any:  # noqa: N803
        import numpy
        from sklearn.base import clone

        classes = numpy.unique(y)
        if len(classes) <= 2 or not _is_one_versus_rest(self):
            return fit(self, X, y, sample_weight)
        note(f"{type(self).__name__} is fitted to {len(classes)} classes one versus rest, as it was then")
        parts = [fit(clone(self), X, numpy.asarray(y) == label, sample_weight) for label in classes]
        vars(self).update({name: value for name, value in vars(parts[0]).items() if name.endswith("_in_")})
        self.classes_ = classes
        for name in ("coef_", "intercept_", "n_iter_"):
            setattr(self, name, numpy.concatenate([getattr(part, name) for part in parts]))
        return self

    @wraps(predict_proba)
    def predict_proba_as_then(self: Any, X: Any) -> Any:  # noqa: N803
        is_one_versus_rest = len(self.classes_) > 2 and _is_one_versus_rest(self)
        return self._predict_proba_lr(X) if is_one_versus_rest else predict_proba(self, X)

    regression.fit, regression.predict_proba = fit_as_then, predict_proba_as_then


def _is_one_versus_rest(model: Any) -> bool:
    return model.solver == "liblinear" or getattr(model, "_is_one_versus_rest", False)
