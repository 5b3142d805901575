"""Scikit-learn's scorers over many resamples of recorded predictions."""

import inspect
import warnings
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import make_scorer

from sweepflow.metrics import confusion, ranking
from sweepflow.metrics.classes import with_known_labels
from sweepflow.metrics.own import is_own, own_metric
from sweepflow.metrics.ranking import Counts, Scorer, Values
from sweepflow.metrics.scorers import negated_scorer, scorer_named

Kind = Literal["labels", "scores", "probabilities", "numbers", "values"]
"""What a metric compares with the truth; values are labels or numbers, for a metric of the user's own."""


class Metric:
    """The metric of this name, with its own sign; ValueError if there is none.

    It is a scorer of scikit-learn's, a loss that one negates, or a function of the user's own.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.scorer_name = negated_scorer(name) or name
        """The scorer, greater being better: of a loss the one that negates it."""
        self.own = own_metric(name) if is_own(name) else None
        """The user's own function, if it is one."""
        if self.own is not None:
            self._function, self._sign, self._options = self.own.value, 1, {}
            self._method = "predict" if self.own.takes == "prediction" else "predict_proba"
            self.takes_weights = self.own.takes_weight
            return
        scorer = scorer_named(name)
        # scikit-learn has no public access to these; a test tries every scorer there is.
        self._function, self._sign, self._options = scorer._score_func, scorer._sign, scorer._kwargs
        self._method = scorer._response_method
        is_one_against_one = self._options.get("multi_class") == "ovo"  # it takes no weights
        parameters = inspect.signature(self._function).parameters
        self.takes_weights = "sample_weight" in parameters and not is_one_against_one
        """Whether rows can count more or less."""

    @property
    def kind(self) -> Kind:
        """The kind of predictions that it takes."""
        if self.own is not None and self._method == "predict":
            return "values"
        if self._method == "predict":
            return "numbers" if self._function.__module__.endswith("_regression") else "labels"
        return "probabilities" if self._method == "predict_proba" else "scores"

    @property
    def is_mean(self) -> bool:
        """Whether it is a mean over the rows, so that each row weighs the same whatever its class."""
        return self.scorer_name in _ROW_VALUES

    @property
    def is_negated(self) -> bool:
        """Whether it is a loss: the scorer's value times -1."""
        return self.scorer_name != self.name

    def row_values(self, truth: NDArray[Any], predicted: NDArray[Any]) -> Values | None:
        """What the scorer, greater being better, is the mean of; None for a metric that is no such mean."""
        if self.scorer_name not in _ROW_VALUES:
            return None
        return _row_values(self.scorer_name, truth, predicted)

    def of_rows(
        self, truth: NDArray[Any], predicted: NDArray[Any], weight: NDArray[np.float64] | None
    ) -> float:
        """The metric over rows, given in the form that `scorer` takes."""
        weights = {} if weight is None or not self.takes_weights else {"sample_weight": weight}
        return float(self._sign * self._function(truth, predicted, **weights, **self._options))

    def scorer_of_classes(self, labels: NDArray[Any]) -> Any:
        """The scikit-learn scorer for rows in which some of these classes may not occur."""
        function = self._function_for(labels)
        is_greater_better = self._sign > 0
        return make_scorer(
            function, response_method=self._method, greater_is_better=is_greater_better, **self._options
        )

    def _function_for(self, labels: NDArray[Any]) -> Callable[..., float]:
        takes_table = self.kind in ("scores", "probabilities")
        return with_known_labels(self._function, labels) if takes_table else self._function

    def scorer(self, truth: NDArray[Any], predicted: NDArray[Any]) -> Scorer:
        """A function that scores these predictions over resamples of the rows."""
        batch_scorer = self.batch_scorer(truth, predicted)
        return batch_scorer or (lambda counts: self._one_by_one(truth, predicted, counts))

    def batch_scorer(self, truth: NDArray[Any], predicted: NDArray[Any]) -> Scorer | None:
        """A scorer of all resamples at once; None for a metric that has no such form here."""
        scorer = _batch_scorer(self.scorer_name, truth, predicted)
        if scorer is None or not self.is_negated:
            return scorer
        return lambda counts: 0.0 - scorer(counts)  # a loss of 0 is 0, not -0

    def _one_by_one(self, truth: NDArray[Any], predicted: NDArray[Any], counts: Counts) -> Values:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of metrics that some of the resamples leave undefined
            return np.array([self._value(truth, predicted, row) for row in counts], dtype=np.float64)

    def _value(self, truth: NDArray[Any], predicted: NDArray[Any], counts: NDArray[np.intp]) -> float:
        options = dict(self._options)
        if self.takes_weights:
            rows = np.flatnonzero(counts)
            options["sample_weight"] = counts[rows]
        else:
            rows = np.repeat(np.arange(len(counts)), counts)
        function = self._function_for(np.arange(predicted.shape[1] if predicted.ndim == 2 else 2))
        return float(self._sign * function(truth[rows], predicted[rows], **options))


def _batch_scorer(name: str, truth: NDArray[Any], predicted: NDArray[Any]) -> Scorer | None:
    if name in _ROW_VALUES:
        values = _row_values(name, truth, predicted)
        return lambda counts: np.asarray(counts @ values / counts.sum(axis=1))
    if name in _SQUARES:
        return _mean_over_targets(_SQUARES[name], truth, predicted)
    ratios = confusion.OF_ANY_CLASSES | (confusion.OF_TWO_CLASSES if _is_binary(truth, predicted) else {})
    if name in ratios:
        return confusion.scorer(*ratios[name], truth, predicted)
    rankings = _OF_TABLES if predicted.ndim == 2 else _OF_SCORES
    return rankings[name](truth, predicted) if name in rankings else None


def _row_values(name: str, truth: NDArray[Any], predicted: NDArray[Any]) -> Values:
    """A value a row, over several targets their mean, as scikit-learn weighs targets alike."""
    values = np.asarray(_ROW_VALUES[name](truth, predicted))
    return values if values.ndim == 1 else values.mean(axis=1)


def _mean_over_targets(
    scorer_of: Callable[[NDArray[Any], NDArray[Any]], Scorer], truth: NDArray[Any], predicted: NDArray[Any]
) -> Scorer:
    if truth.ndim == 1:
        return scorer_of(truth, predicted)
    scorers = [scorer_of(*each) for each in zip(truth.T, predicted.T, strict=True)]
    return lambda counts: np.mean([scorer(counts) for scorer in scorers], axis=0)


def _r2(truth: NDArray[Any], predicted: NDArray[Any]) -> Scorer:
    squares, centred = (truth - predicted) ** 2, truth - truth.mean()

    def values(counts: Counts) -> Values:
        left = counts @ squares
        total = counts @ centred**2 - (counts @ centred) ** 2 / counts.sum(axis=1)
        is_constant = total <= np.finfo(np.float64).eps * (counts @ centred**2)
        with np.errstate(divide="ignore", invalid="ignore"):
            # a truth of one value scores as in scikit-learn
            return np.asarray(np.where(is_constant, left == 0, 1 - left / total))

    return values


def _root_mean_squared_error(truth: NDArray[Any], predicted: NDArray[Any]) -> Scorer:
    squares = (truth - predicted) ** 2
    return lambda counts: np.asarray(-np.sqrt(counts @ squares / counts.sum(axis=1)))


def _is_binary(truth: NDArray[Any], predicted: NDArray[Any]) -> bool:
    return bool(max(truth.max(), predicted.max()) == 1)


def _log_loss(truth: NDArray[Any], predicted: NDArray[Any]) -> Values:
    smallest = np.finfo(predicted.dtype).eps  # as scikit-learn clips them
    clipped = np.clip(_table(predicted), smallest, 1 - smallest)
    return np.asarray(np.log(clipped[np.arange(len(truth)), truth]))


def _brier(truth: NDArray[Any], predicted: NDArray[Any]) -> Values:
    if predicted.ndim == 1:
        return np.asarray(-((truth - predicted) ** 2))
    is_class = truth[:, np.newaxis] == np.arange(predicted.shape[1])
    return np.asarray(-((is_class - predicted) ** 2).sum(axis=1))


def _table(predicted: NDArray[Any]) -> NDArray[Any]:
    """The probabilities with one column per class."""
    return np.column_stack([1 - predicted, predicted]) if predicted.ndim == 1 else predicted


_ROW_VALUES: dict[str, Callable[[NDArray[Any], NDArray[Any]], Values]] = {
    "accuracy": lambda truth, predicted: (truth == predicted).astype(np.float64),
    "neg_log_loss": _log_loss,
    "neg_brier_score": _brier,
    "neg_mean_squared_error": lambda truth, predicted: -((truth - predicted) ** 2),
    "neg_mean_absolute_error": lambda truth, predicted: -np.abs(truth - predicted),
}
_SQUARES = {"r2": _r2, "neg_root_mean_squared_error": _root_mean_squared_error}
_OF_SCORES = {"roc_auc": ranking.roc_auc, "average_precision": ranking.average_precision}
_OF_TABLES = {"roc_auc_ovr": ranking.mean_roc_auc, "roc_auc_ovr_weighted": ranking.weighted_roc_auc}
