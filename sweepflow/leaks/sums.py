"""Columns of which the target is a sum: they are the answer, in parts."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_MOST_TERMS = 5
_MOST_ROWS, _FEWEST_ROWS = 5000, 30
_EXACT = 1e-6
"""The share of the target's variance that a sum may leave unexplained, for values that are rounded."""


def sum_of_columns(columns: pd.DataFrame, target: NDArray[np.float64], name: str) -> Iterator[str]:
    """A sentence if the target is a weighted sum of up to five of the columns; rows with gaps do not count.

    The columns are found by orthogonal matching pursuit (Pati, Rezaiifar and Krishnaprasad, 1993).
    """
    values = columns.to_numpy(dtype=np.float64)
    is_whole = np.isfinite(values).all(axis=1) & np.isfinite(target)
    values, target = values[is_whole][:_MOST_ROWS], target[is_whole][:_MOST_ROWS]
    varies = values.std(axis=0) > 0 if len(values) else np.zeros(values.shape[1], dtype=bool)
    if len(target) < _FEWEST_ROWS or not varies.any() or not target.std():
        return
    names, values = [str(n) for n in columns.columns[varies]], values[:, varies]
    places = _pursued(values, target)
    if places:
        weights = _fitted(values[:, places], target)[0]
        terms = " + ".join(_term(weight, names[place]) for place, weight in zip(places, weights, strict=True))
        cure = "leave these columns out (data.drop) unless they are known before the answer is"
        yield f"The target {name!r} is {terms} in {len(target)} of {len(target)} rows: {cure}."


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
