"""Bounds of means over the rows, and of what follows from means such as R^2, by the bootstrap-t.

Each resample's value is divided by its own standard error, so that the bounds follow the skewness of the rows
(Efron and Tibshirani, 1993, An introduction to the bootstrap, section 12.5).
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sweepflow.data.roles import Roles
from sweepflow.metrics.score_interval import TAIL
from sweepflow.metrics.units import Units, drawn_counts, units_of
from sweepflow.metrics.widening import widened_tail

Array = NDArray[np.float64]

_N_RESAMPLES = 1000
_MOST_UNITS = 1000
_FEW_UNITS = 8


class Smooth(NamedTuple):
    """A function of sums over the rows, the first of which is that of their weights."""

    columns: Array
    """What is summed, shape (rows, sums); the first column is 1."""
    value: Callable[[Array], Array]
    """The values for sums of shape (resamples, sums)."""
    gradient: Callable[[Array], Array]
    """The derivatives by each sum, same shape."""


def mean(values: Array) -> Smooth:
    """The mean of the values."""
    return Smooth(
        np.column_stack([np.ones(len(values)), values]),
        lambda sums: sums[:, 1] / sums[:, 0],
        lambda sums: np.column_stack([-sums[:, 1] / sums[:, 0] ** 2, 1 / sums[:, 0]]),
    )


def root_of_mean(values: Array) -> Smooth:
    """The square root of the mean of values from 0 on."""
    of_mean = mean(values)

    def gradient(sums: Array) -> Array:
        root = np.sqrt(of_mean.value(sums))[:, np.newaxis]
        return np.asarray(of_mean.gradient(sums) / (2 * np.where(root > 0, root, np.inf)))

    return Smooth(of_mean.columns, lambda sums: np.asarray(np.sqrt(of_mean.value(sums))), gradient)


def average(parts: Sequence[Smooth]) -> Smooth:
    """The mean of several functions of the same rows."""
    places, columns = [], [parts[0].columns[:, :1]]
    for part in parts:
        n_before = sum(each.shape[1] for each in columns)
        columns.append(part.columns[:, 1:])
        places.append([0, *range(n_before, n_before + columns[-1].shape[1])])

    def value(sums: Array) -> Array:
        values = [part.value(sums[:, place]) for part, place in zip(parts, places, strict=True)]
        return np.asarray(np.mean(values, axis=0))

    def gradient(sums: Array) -> Array:
        found = np.zeros(sums.shape)
        for part, place in zip(parts, places, strict=True):
            found[:, place] += part.gradient(sums[:, place]) / len(parts)
        return found

    return Smooth(np.hstack(columns), value, gradient)


def unexplained(truth: NDArray[Any], predicted: NDArray[Any]) -> Smooth:
    """1 - R^2: the share of the truth's variation that the predictions leave."""
    centred = truth - truth.mean()
    columns = np.column_stack([np.ones(len(truth)), centred, centred**2, (truth - predicted) ** 2])

    def total(sums: Array) -> Array:
        return np.asarray(sums[:, 2] - sums[:, 1] ** 2 / sums[:, 0])

    def gradient(sums: Array) -> Array:
        left, centre = sums[:, 3] / total(sums), sums[:, 1] / sums[:, 0]
        by_total = -left / total(sums)
        return np.column_stack([by_total * centre**2, -2 * by_total * centre, by_total, 1 / total(sums)])

    return Smooth(columns, lambda sums: sums[:, 3] / total(sums), gradient)


def bootstrap_t(
    smooth: Smooth, roles: Roles, generator: np.random.Generator, *, with_percentiles: bool = False
) -> tuple[float, float]:
    """The bounds; `with_percentiles` the outer ones of these and of the widened percentiles.

    Few groups or blocks have bounds by Student's t instead.
    """
    weight = 1.0 if roles.weight is None else roles.weight[:, np.newaxis]
    columns = smooth.columns * weight
    sums = columns.sum(axis=0)[np.newaxis]
    value, slope = float(smooth.value(sums)[0]), smooth.gradient(sums)[0]
    units = units_of(len(columns), roles, columns @ slope).joined(_MOST_UNITS, generator)
    totals = _totals(columns, units)
    n = units.n
    error = float(np.sqrt(((totals @ slope) ** 2).sum() * n / max(n - 1, 1)))
    if n < _FEW_UNITS:
        margin = -float(stats.t.ppf(TAIL, max(n - 1, 1))) * error
        return value - margin, value + margin
    counts = drawn_counts(n, _N_RESAMPLES, generator)
    with np.errstate(all="ignore"):  # a resample may hold no two different rows
        resampled = smooth.value(counts @ totals)
        distances = (resampled - value) / _errors(smooth, totals, counts)
    distances = distances[np.isfinite(distances)]
    if len(distances) < _N_RESAMPLES / 2:
        return value, value
    inner, outer = np.quantile(distances, [TAIL, 1 - TAIL]) * error
    low, high = value - outer, value - inner
    if with_percentiles:
        tail = widened_tail(n)
        below, above = np.nanquantile(resampled, [tail, 1 - tail])
        low, high = min(low, below), max(high, above)
    return float(min(low, value)), float(max(high, value))


def _totals(columns: Array, units: Units) -> Array:
    return np.column_stack([np.bincount(units.of_row, column, units.n) for column in columns.T])


def _errors(smooth: Smooth, totals: Array, counts: NDArray[Any]) -> Array:
    """The standard error of the value on each resample."""
    n = len(totals)
    influences = smooth.gradient(counts @ totals) @ totals.T
    return np.asarray(np.sqrt((counts * influences**2).sum(axis=1) * n / (n - 1)))
