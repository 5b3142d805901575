"""The 95 % interval of a metric over rows, by what covers best for that metric; see `bounds`."""

import math
import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sweepflow.data.roles import NO_ROLES, Roles
from sweepflow.metrics.auc_bounds import auc_bounds
from sweepflow.metrics.metric import Metric
from sweepflow.metrics.ranking import Scorer
from sweepflow.metrics.resampled import resampled_bounds, resampled_values
from sweepflow.metrics.share_bounds import mean_bounds, share_bounds
from sweepflow.metrics.studentized import average, bootstrap_t, mean, root_of_mean, unexplained
from sweepflow.metrics.units import units_of


class Sample(NamedTuple):
    """True values and predictions of the same rows, as `Metric.scorer` takes them, and the rows' roles.

    Of several targets both have the shape (rows, targets).
    """

    truth: NDArray[Any]
    predicted: NDArray[Any]
    roles: Roles = NO_ROLES


def bounds(
    metric: Metric, sample: Sample, scorer: Scorer, value: float, generator: np.random.Generator
) -> tuple[float, float]:
    """The bounds of the 95 % interval of a metric that has this value over the rows.

    Shares of rows, such as accuracy, F1 and precision, and the AUC have score intervals; means over rows,
    such as log loss, and R^2 those of the bootstrap-t; all others widened percentiles of 1,000 resamples,
    which `scorer` scores. A mean over several targets has the intervals of its kind, for rows are drawn and
    no single values. Rows of one group, or of one stretch of time, are drawn together, and each row
    counts as much as it weighs. `benchmarks/coverage.py` shows how often they hold the truth.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some metrics are not defined on some resamples
        if metric.is_negated:
            low, high = _bounds(metric, sample, lambda counts: -scorer(counts), -value, generator)
            return -high, -low
        return _bounds(metric, sample, scorer, value, generator)


def _bounds(
    metric: Metric, sample: Sample, scorer: Scorer, value: float, generator: np.random.Generator
) -> tuple[float, float]:
    name, (truth, predicted, roles) = metric.scorer_name, sample
    if metric.kind == "labels":
        found = share_bounds(name, truth, predicted, roles)
        found = found or mean_bounds(name, truth, predicted, roles, value)
        if found is not None:
            return found
    if name == "roc_auc" and predicted.ndim == 1 and 0 < (truth == 1).sum() < len(truth):
        return auc_bounds(truth, predicted, roles)
    if name in ("neg_root_mean_squared_error", "r2") and _varies(truth):
        return _of_squares(name, sample, generator)
    row_values = metric.row_values(truth, predicted)
    if row_values is not None:
        low, high = bootstrap_t(mean(row_values), roles, generator)
        return (low, min(high, 0.0)) if row_values.max() <= 0 else (low, high)
    units = units_of(len(truth), roles, row_errors(metric, truth, predicted))
    classes = None if metric.kind in ("numbers", "values") else truth
    return resampled_bounds(name, value, resampled_values(scorer, units, generator), units, classes)


def _variances(truth: NDArray[Any]) -> NDArray[np.float64]:
    """By target, 1 for one that does not vary."""
    found = truth.var(axis=0)
    return np.asarray(np.where(found > 0, found, 1.0))


def _varies(truth: NDArray[Any]) -> bool:
    return bool((truth.min(axis=0) < truth.max(axis=0)).all())


def _of_squares(name: str, sample: Sample, generator: np.random.Generator) -> tuple[float, float]:
    truth, predicted, roles = sample
    targets = [(truth, predicted)] if truth.ndim == 1 else list(zip(truth.T, predicted.T, strict=True))
    if name == "r2":
        smooth = average([unexplained(*each) for each in targets])
        low, high = bootstrap_t(smooth, roles, generator, with_percentiles=True)
        return 1 - high, 1 - max(low, 0.0)
    if truth.ndim > 1:
        smooth = average([root_of_mean((true - answer) ** 2) for true, answer in targets])
        low, high = bootstrap_t(smooth, roles, generator)
        return -high, -max(low, 0.0)
    low, high = bootstrap_t(mean((truth - predicted) ** 2), roles, generator)
    return -math.sqrt(high), -math.sqrt(max(low, 0.0))


def row_errors(metric: Metric, truth: NDArray[Any], predicted: NDArray[Any]) -> NDArray[np.float64]:
    """A number for how wrong each row is, which shows how long rows depend on each other.

    Of several targets each is measured by its own variance, so that none counts more for its unit.
    """
    if truth.ndim > 1:
        return np.asarray((((truth - predicted) ** 2) / _variances(truth)).mean(axis=1), dtype=np.float64)
    if metric.kind == "labels" or (metric.kind == "values" and truth.dtype.kind != "f"):
        return np.asarray(truth != predicted, dtype=np.float64)
    if metric.kind in ("numbers", "values"):
        return np.asarray((truth - predicted) ** 2, dtype=np.float64)
    if predicted.ndim == 1:
        return np.asarray((2 * truth - 1) * predicted, dtype=np.float64)
    return np.asarray(predicted[np.arange(len(truth)), truth], dtype=np.float64)
