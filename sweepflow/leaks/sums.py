"""Columns of which the target is a sum: they are the answer, in parts."""

from collections.abc import Sequence
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


def sum_of_columns(tables: Sequence[pd.DataFrame], target: str) -> Sum | None:
    """The sum if the target is a weighted one of up to five of the columns; rows with gaps do not count.

    The tables hold the same columns of numbers, the target among them, and are looked at one after another.
    The columns are found by orthogonal matching pursuit (Pati, Rezaiifar and Krishnaprasad, 1993).
    """
    rows = _first_whole_rows(tables)
    answers, columns = rows[target].to_numpy(), rows.drop(columns=target)
    values = columns.to_numpy()
    varies = values.std(axis=0) > 0 if len(values) else np.zeros(values.shape[1], dtype=bool)
    if len(answers) < _FEWEST_ROWS or not varies.any() or not answers.std():
        return None
    columns, values = columns.loc[:, varies], values[:, varies]
    places = _pursued(values, answers)
    if not places:
        return None
    names = [str(columns.columns[place]) for place in places]
    weights = _fitted(values[:, places], answers)[0]
    terms = [_term(weight, name) for weight, name in zip(weights, names, strict=True)]
    return Sum(names, " + ".join(terms), len(answers))


def _first_whole_rows(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The first rows without gaps, in double precision, in which the other rows never are."""
    found: list[pd.DataFrame] = []
    for table in tables:
        for first in range(0, max(1, len(table)), _MOST_ROWS):
            piece = table.iloc[first : first + _MOST_ROWS].astype(np.float64)
            found.append(piece[np.isfinite(piece.to_numpy()).all(axis=1)])
            if sum(map(len, found)) >= _MOST_ROWS:
                return pd.concat(found).iloc[:_MOST_ROWS]
    return pd.concat(found)


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
