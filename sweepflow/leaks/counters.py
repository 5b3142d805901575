"""Columns that number or name the rows: what a model learns from them does not hold for new rows."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

_FEWEST_ROWS = 20
_ROWS_LOOKED_AT = 1000

_WORD = re.compile(
    r"(?:.*[^a-z])?(?:id|uid|pid|uuid|guid|index|no|nr|nbr|num|number|key|order|row|record|#)[#.]?",
    re.IGNORECASE,
)
_CAMEL_WORD = re.compile(r".*(?:[a-z](?:Id|ID|No|Nr)|#)")


def has_name_of_identifier(name: str) -> bool:
    """Whether a column of this name may hold numbers of rows: Order, PID, No, row_id, subject#."""
    return any(pattern.fullmatch(name.strip()) for pattern in (_WORD, _CAMEL_WORD))


def counters(parts: Sequence[pd.DataFrame]) -> Iterator[tuple[str, str]]:
    """The name of each column that has another value in every row and says nothing else, and a sentence.

    `parts` hold the same columns, their rows in the order of the source. A column of whole numbers counts if
    these are nearly consecutive, rise from row to row in each part, or have the name of an identifier; a
    column of text, if no two texts are equal.
    """
    n_rows = sum(map(len, parts))
    if n_rows < _FEWEST_ROWS:
        return
    for name in parts[0].columns:
        columns = [part[name] for part in parts]
        if types.is_datetime64_any_dtype(columns[0]) or not _is_unique(columns, n_rows):
            continue
        if reason := _reason(str(name), columns):
            cure = "leave it out (data.drop), since new rows will have other values"
            yield str(name), f"Column {name!r} {reason}: {cure}."


def _is_unique(columns: Sequence[pd.Series], n_rows: int) -> bool:
    first = columns[0].iloc[:_ROWS_LOOKED_AT]  # tells most columns, at less cost
    if first.nunique(dropna=False) < len(first) or _is_fractional(first):
        return False
    values = pd.concat(columns, ignore_index=True)
    return not values.isna().any() and values.nunique() == n_rows


def _is_fractional(column: "pd.Series[Any]") -> bool:
    return types.is_float_dtype(column) and not (column == np.round(column)).all()


def _reason(name: str, columns: Sequence[pd.Series]) -> str | None:
    n_rows = sum(map(len, columns))
    if not types.is_numeric_dtype(columns[0]):
        return f"has another text in each of {n_rows} rows"
    values: Any = [column.to_numpy(dtype=np.float64) for column in columns]
    if not all((part == np.round(part)).all() for part in values):
        return None
    low, high = min(part.min() for part in values), max(part.max() for part in values)
    if high - low + 1 <= 1.1 * n_rows:
        return f"numbers the {n_rows} rows ({low:.0f} to {high:.0f}, each once)"
    if all((np.diff(part) > 0).all() for part in values):
        return f"rises with every one of {n_rows} rows, as a counter does"
    if has_name_of_identifier(name):
        return f"has another whole number in each of {n_rows} rows, and the name of an identifier"
    return None
