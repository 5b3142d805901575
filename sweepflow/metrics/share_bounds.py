"""Bounds of metrics that are shares of rows, such as accuracy and F1, or means of such over classes."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sweepflow.data.roles import Roles
from sweepflow.metrics.score_interval import measured_share, share_interval
from sweepflow.metrics.units import Units, units_of

Bounds = tuple[float, float]
Hits = NDArray[np.float64]
"""1 for a row that counts and is hit, 0 for one that is not, NaN for one that does not count."""


def share_bounds(name: str, truth: NDArray[Any], predicted: NDArray[Any], roles: Roles) -> Bounds | None:
    """The bounds of a metric of classes, numbered from 0, that is a share of rows; None for any other."""
    if name in _OF_ALL_ROWS:
        return _bounds((truth == predicted) * 1.0, roles)
    if name in _HITS and set(np.unique(truth)) | set(np.unique(predicted)) <= {0, 1}:
        low, high = _bounds(_HITS[name](truth == 1, predicted == 1), roles)
        return (_f1(low), _f1(high)) if name == "f1" else (low, high)
    return None


def mean_bounds(
    name: str,
    truth: NDArray[Any],
    predicted: NDArray[Any],
    roles: Roles,
    value: float,
) -> Bounds | None:
    """The bounds of a mean of the classes' shares; None for any other metric.

    They are composed of the bounds for each class and the correlation between the classes, by the method of
    variance estimates recovery (Zou and Donner, 2008).
    """
    ratio, _, average = ("recall", "", "true") if name == "balanced_accuracy" else name.rpartition("_")
    if ratio not in _HITS or average not in ("macro", "weighted", "true"):
        return None
    classes = np.unique(truth if average == "true" else np.concatenate([truth, predicted]))
    hits = [_HITS[ratio](truth == label, predicted == label) for label in classes]
    each = np.array([_class_bounds(values, roles, is_f1=ratio == "f1") for values in hits])
    weights = np.full(len(classes), 1 / len(classes))
    if average == "weighted":
        rows = np.ones(len(truth)) if roles.weight is None else roles.weight
        weights = np.array([rows[truth == label].sum() for label in classes]) / rows.sum()
    correlation = _correlation(hits, _units(hits[0], roles))
    below, above = (weights * np.abs(each[:, 1 + side] - each[:, 0]) for side in (0, 1))
    low, high = (np.sqrt(max(side @ correlation @ side, 0.0)) for side in (below, above))
    return max(0.0, value - low), min(1.0, value + high)


def _bounds(hits: Hits, roles: Roles) -> Bounds:
    return share_interval(*measured_share(hits, _units(hits, roles)))


def _class_bounds(hits: Hits, roles: Roles, *, is_f1: bool) -> tuple[float, float, float]:
    """A class's share, and the bounds of it."""
    value, size, spread = measured_share(hits, _units(hits, roles))
    found = (value, *share_interval(value, size, spread))
    return tuple(map(_f1, found)) if is_f1 else found  # type: ignore[return-value]


def _units(hits: Hits, roles: Roles) -> Units:
    """The units of the rows; blocks of time as long as the hits depend on each other."""
    is_counted = ~np.isnan(hits)
    mean = hits[is_counted].mean() if is_counted.any() else 0.0
    return units_of(len(hits), roles, np.where(is_counted, hits - mean, 0.0))


def _correlation(hits: list[Hits], units: Units) -> NDArray[np.float64]:
    """The correlation of the shares, from what each unit adds to them; 0 for one that does not vary."""
    added = []
    for values in hits:
        share, _, _ = measured_share(values, units)
        added.append(units.totals(np.nan_to_num(values - share)))
    lengths = np.sqrt([(column**2).sum() for column in added])
    columns = [
        column / length if length > 0 else column for column, length in zip(added, lengths, strict=True)
    ]
    correlation = np.asarray(np.stack(columns) @ np.stack(columns).T)
    np.fill_diagonal(correlation, 1.0)
    return correlation


def _f1(jaccard: float) -> float:
    """The F1 of the Jaccard index, which is the share of hits among the rows of either kind."""
    return 2 * jaccard / (1 + jaccard)


def _among(counted: NDArray[np.bool_], hit: NDArray[np.bool_]) -> Hits:
    return np.where(counted, hit * 1.0, np.nan)


_OF_ALL_ROWS = ("accuracy", "f1_micro", "precision_micro", "recall_micro", "recall_weighted")
_HITS: dict[str, Callable[[NDArray[np.bool_], NDArray[np.bool_]], Hits]] = {
    "precision": lambda true, guessed: _among(guessed, true),
    "recall": lambda true, guessed: _among(true, guessed),
    "jaccard": lambda true, guessed: _among(true | guessed, true & guessed),
    "f1": lambda true, guessed: _among(true | guessed, true & guessed),
}
