"""Parts that the user names: by a column, or by a file for each."""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from sweepflow.data.roles import Roles
from sweepflow.errors import DataError

__all__ = ["named_parts"]

_WORDS = {
    "train": ("train", "training", "tr", "fit"),
    "validation": ("validation", "valid", "val", "dev", "development", "eval"),
    "test": ("test", "testing", "holdout", "hold-out", "held-out"),
}


def named_parts(
    field: str, name: str, column: pa.ChunkedArray, roles: Roles, group: str | None, notices: list[str]
) -> dict[str, NDArray[np.intp]]:
    """The row numbers of each part that the column names; rows of which it says nothing are in none.

    DataError, at this field of the spec, if it has other words, names no training rows, or puts a group into
    two parts; a notice if it has earlier rows rank or test what was trained on later ones.
    """
    words = pd.Series(column.to_pandas(), dtype=object).astype("str").str.strip().str.lower()
    is_missing = np.asarray(pd.isna(column.to_pandas())) | (words == "").to_numpy()
    known = {word: part for part, others in _WORDS.items() for word in others}
    if unknown := sorted(set(words[~is_missing]) - set(known)):
        rule = "must say train, validation or test in each row, or nothing"
        raise DataError(field, f"column {name!r} {rule}, got {unknown[0]!r}")
    places = words.map(known).to_numpy()
    parts = {part: np.flatnonzero(~is_missing & (places == part)) for part in _WORDS}
    parts = {part: rows for part, rows in parts.items() if len(rows)}
    if "train" not in parts:
        raise DataError(field, f"column {name!r} names no row to train on, of {len(column)}")
    if is_missing.any():
        notices.append(f"{is_missing.sum()} of {len(column)} rows have no {name!r} and are left out.")
    _check_groups(field, name, parts, roles, group)
    notices += _backward(name, parts, roles)
    return parts


def _check_groups(
    field: str, name: str, parts: dict[str, NDArray[np.intp]], roles: Roles, group: str | None
) -> None:
    if roles.group is None:
        return
    held = [set(roles.group[rows].tolist()) for rows in parts.values()]
    if n_split := sum(map(len, held)) - len(set[Any].union(*held)):
        fault = f"column {name!r} puts {n_split} groups of {group!r} into more than one part"
        raise DataError(field, f"{fault}: leave data.group out, or let each group be in one")


def _backward(name: str, parts: dict[str, NDArray[np.intp]], roles: Roles) -> list[str]:
    if roles.time is None:
        return []
    ends = [(part, roles.time[rows].min(), roles.time[rows].max()) for part, rows in parts.items()]
    return [
        f"Some {later} rows are not later than the {earlier} rows, by column {name!r}."
        for (earlier, _, last), (later, first, _) in pairwise(ends)
        if first <= last
    ]
