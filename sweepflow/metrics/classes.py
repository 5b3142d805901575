"""Metrics of scores or probabilities over rows in which some of the classes do not occur."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

_Function = Callable[..., float]


def with_known_labels(function: _Function, labels: NDArray[Any]) -> _Function:
    """The metric for scores with a column for each of these labels, ascending; not all of them need to occur.

    By default scikit-learn takes the labels from the rows. A mean over the classes is not defined for a class
    that does not occur, so it becomes the mean over the classes that do.
    """
    takes_labels = "labels" in inspect.signature(function).parameters

    @wraps(function)
    def value(truth: NDArray[Any], scores: NDArray[Any], **options: Any) -> float:
        if len(labels) > 2 and _is_mean_over_classes(function, options):
            occurring = np.flatnonzero(np.isin(labels, truth))
            if len(occurring) < len(labels):
                columns = {labels[place]: scores[:, place] for place in occurring}
                return _mean_over_classes(function, truth, columns, options)
        keyword = {"labels": labels} if takes_labels else {}
        return function(truth, scores, **keyword, **options)

    return value


def _is_mean_over_classes(function: _Function, options: dict[str, Any]) -> bool:
    return function is average_precision_score or (
        function is roc_auc_score and options.get("multi_class") == "ovr"
    )


def _mean_over_classes(
    function: _Function, truth: NDArray[Any], columns: dict[Any, NDArray[Any]], options: dict[str, Any]
) -> float:
    """The mean of the metric of each class against all others, each scored by its own column."""
    if len(columns) < 2:
        raise ValueError(f"only one class is present in the rows: {next(iter(columns), None)!r}")
    sample_weight = options.get("sample_weight")
    row_weights = np.ones(len(truth)) if sample_weight is None else sample_weight
    values, weights = [], []
    for label, column in columns.items():
        values.append(function(truth == label, column, sample_weight=sample_weight))
        weights.append(row_weights[truth == label].sum() if options.get("average") == "weighted" else 1.0)
    return float(np.average(values, weights=weights))
