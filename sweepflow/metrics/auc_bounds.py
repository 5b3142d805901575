"""Bounds of the area under the ROC curve."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sweepflow.data.roles import Roles
from sweepflow.metrics.score_interval import Spread, score_interval, spread
from sweepflow.metrics.units import Units, effective_number, units_of


def auc_bounds(truth: NDArray[Any], scores: NDArray[Any], roles: Roles) -> tuple[float, float]:
    """The bounds of the AUC of scores; the truth is 1 for the positive label and else 0.

    The score interval of Newcombe (2006, Confidence intervals for an effect size measure based on the
    Mann-Whitney statistic, part 2, method 5), its variance multiplied by what that of DeLong, DeLong and
    Clarke-Pearson (1988), summed within groups or blocks (Obuchowski, 1997), is to it.
    """
    weight = np.ones(len(truth)) if roles.weight is None else roles.weight
    is_positive = truth == 1
    placements = _placements(is_positive, scores, weight)
    share = np.where(is_positive, weight / weight[is_positive].sum(), weight / weight[~is_positive].sum())
    value = float((share * placements)[is_positive].sum())
    influence = share * (placements - value)
    units = units_of(len(truth), roles, influence)._replace(weight=None)  # which the influence has already
    sizes = [_size(side, weight, units) for side in (is_positive, ~is_positive)]

    def expected(true: float) -> float:
        n = sum(sizes) / 2
        of_pairs = 1 + (n - 1) * ((1 - true) / (2 - true) + true / (1 + true))
        return true * (1 - true) * of_pairs / (sizes[0] * sizes[1])

    found = _spread(value, influence, is_positive, units, sizes, expected(value))
    return score_interval(value, expected, found)


def _placements(
    is_positive: NDArray[np.bool_], scores: NDArray[Any], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The share of the rows of the other class that each row is on the right side of; ties count half."""
    _, codes = np.unique(scores, return_inverse=True)
    found = np.empty(len(scores))
    for side in (True, False):
        others = is_positive != side
        at = np.bincount(codes, weight * others)
        below = np.cumsum(at) - at / 2
        is_side = is_positive == side
        share = below[codes[is_side]] / at.sum()
        found[is_side] = share if side else 1 - share
    return found


def _size(side: NDArray[np.bool_], weight: NDArray[np.float64], units: Units) -> float:
    """How many independent rows of a class there are at least."""
    return max(1.0, effective_number(units.totals(weight * side)))


def _spread(
    value: float,
    influence: NDArray[np.float64],
    is_positive: NDArray[np.bool_],
    units: Units,
    sizes: list[float],
    expected: float,
) -> Spread:
    sides = [units.totals(influence * side) for side in (is_positive, ~is_positive)]
    variances = [
        float((side**2).sum()) * size / max(size - 1, 1) for side, size in zip(sides, sizes, strict=True)
    ]
    both = variances[0] + variances[1]
    least = min(sizes)
    degrees = max(least - 1, 1.0)
    if both > 0:
        by_side = sum(v**2 / max(n - 1, 1) for v, n in zip(variances, sizes, strict=True))
        degrees = max(degrees, both**2 / by_side)
    variance = both + 2 * float((sides[0] * sides[1]).sum())  # a group may have rows of both classes
    n_rows = min(is_positive.sum(), (~is_positive).sum())
    return spread(value, max(variance, 0.0), expected, n_rows, degrees)
