"""Columns of which the target is a sum: they are the answer, in parts."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_MOST_TERMS = 5
_MOST_ROWS, _FEWEST_ROWS = 5000, 30
_EXACT = 1e-6
"""The share of the target's variance that a sum may leave unexplained, for values that are rounded."""


class Sum(NamedTuple):
    """A weighted sum of columns that is the target."""

    names: list[str]
    terms: str
    n_rows: int
    """The rows that were looked at."""


def sum_of_columns(columns: pd.DataFrame, target: NDArray[np.float64]) -> Sum | None:
    """The sum if the target is a weighted one of up to five of the columns; rows with gaps do not count.

    The columns are found by orthogonal matching pursuit (Pati, Rezaiifar and Krishnaprasad, 1993).
    """
    values = columns.to_numpy(dtype=np.float64)
    is_whole = np.isfinite(values).all(axis=1) & np.isfinite(target)
    values, target = values[is_whole][:_MOST_ROWS], target[is_whole][:_MOST_ROWS]
    varies = values.std(axis=0) > 0 if len(values) else np.zeros(values.shape[1], dtype=bool)
    if len(target) < _FEWEST_ROWS or not varies.any() or not target.std():
        return None
    columns, values = columns.loc[:, varies], values[:, varies]
    places = _pursued(values, target)
    if not places:
        return None
    names = [str(columns.columns[place]) for place in places]
    weights = _fitted(values[:, places], target)[0]
    terms = [_term(weight, name) for weight, name in zip(weights, names, strict=True)]
    return Sum(names, " + ".join(terms), len(target))


def _pursued(values: NDArray[np.float64], target: NDArray[np.float64]) -> list[int]:
    """The columns, in the order of the table, whose weighted sum is the target; none if there are none."""
    scaled = (values - values.mean(axis=0)) / values.std(axis=0)
    residual = target - target.mean()
    total = float(residual @ residual)
    places: list[int] = []
    for _ in range(min(_MOST_TERMS, values.shape[1])):
        fit: Any = np.abs(scaled.T @ residual)
        fit[places] = -1
        places.append(int(fit.argmax()))
        residual = _fitted(values[:, places], target)[1]
        if residual @ residual <= _EXACT * total:
            return sorted(places)
    return []


def _fitted(
    values: NDArray[np.float64], target: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The weights of the columns in the least squares fit, without that of the constant, and what is left."""
    with_constant = np.column_stack([values, np.ones(len(values))])
    weights: Any = np.linalg.lstsq(with_constant, target, rcond=None)[0]
    return weights[:-1], target - with_constant @ weights


def _term(weight: float, name: str) -> str:
    return repr(name) if abs(weight - 1) < 1e-3 else f"{weight:.4g} * {name!r}"
