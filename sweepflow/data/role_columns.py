"""The columns that have a role, read from a table."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import types

from sweepflow.cells.dates import read_dates
from sweepflow.data.features import kind_of_column, plain
from sweepflow.data.roles import RoleColumns, Roles
from sweepflow.errors import DataError
from sweepflow.reading.arrow_types import is_text, kind_of

__all__ = ["has_time", "has_weight", "read_roles"]

_CLOCK_WITH_POINTS = r"^\s*(\d{1,2})\.(\d\d)(?:\.(\d\d))?\s*$"


def has_time(columns: RoleColumns, table: pa.Table, notices: list[str]) -> NDArray[np.bool_]:
    """Whether each row has a value in each column of the time, with a notice of how many have not.

    DataError if none has.
    """
    has_value = np.ones(table.num_rows, dtype=bool)
    for name in columns.time:
        has_value &= ~np.asarray(pc.is_null(table[name], nan_is_null=True))
    if n_missing := int((~has_value).sum()):
        names = _listed(columns.time)
        notices.append(f"{n_missing} of {table.num_rows} rows have no time in {names} and are left out.")
    if not has_value.any():
        raise DataError("data.time", f"no row has a time in {_listed(columns.time)}: name other columns")
    return has_value


def has_weight(columns: RoleColumns, table: pa.Table, notices: list[str]) -> NDArray[np.bool_]:
    """Whether each row weighs more than 0, with a notice of how many do not; DataError as `read_roles`.

    A row that counts nothing in fits and scores would still count as one of a leaf, of a fold or of a part.
    """
    if columns.weight is None:
        return np.ones(table.num_rows, dtype=bool)
    weights = _weights(columns.weight, table[columns.weight])
    if n_none := int((weights == 0).sum()):
        notices.append(f"{n_none} of {table.num_rows} rows weigh 0 by {columns.weight!r} and are left out.")
    return weights > 0


def read_roles(columns: RoleColumns, table: pa.Table, notices: list[str], *, gap: int | str = 0) -> Roles:
    """The values of the columns that have a role, one a row.

    DataError if a column cannot have its role, or the gap is a duration and the time no date.
    """
    weight, group = columns.weight, columns.group
    return Roles(
        None if weight is None else _weights(weight, table[weight]),
        None if group is None else _groups(group, table[group], notices),
        _times(columns.time, table, notices, gap) if columns.time else None,
    )


def _weights(name: str, column: pa.ChunkedArray) -> NDArray[np.float64]:
    field, n_rows = "data.weight", len(column)
    if kind_of(column.type) != "numeric" or types.is_duration(column.type):
        raise DataError(field, f"column {name!r} holds {column.type} values: a weight is a number")
    weights: NDArray[np.float64] = plain(column, "numeric").cast(pa.float64()).to_numpy().copy()
    faults = {
        "no weight": np.isnan(weights),
        "a negative one": weights < 0,
        "an infinite one": np.isinf(weights),
    }
    for fault, is_wrong in faults.items():
        if n_wrong := int(is_wrong.sum()):
            cure = "give each row a finite number of at least 0"
            raise DataError(field, f"column {name!r} has {fault} in {n_wrong} of {n_rows} rows: {cure}")
    if not weights.any():
        raise DataError(field, f"column {name!r} is 0 in all {n_rows} rows, so that none would count")
    return weights


def _groups(name: str, column: pa.ChunkedArray, notices: list[str]) -> NDArray[np.int64]:
    if kind_of(column.type) is None:
        raise DataError("data.group", f"column {name!r} holds {column.type} values, which name no groups")
    values = column.to_pandas().to_numpy()
    is_missing = pd.isna(values)
    if n_missing := int(is_missing.sum()):
        notices.append(f"{n_missing} of {len(values)} rows have no {name!r}: each is a group of its own.")
    is_number = kind_of(column.type) in ("numeric", "boolean") and not types.is_duration(column.type)
    plain_values = values.astype(np.float64) if is_number else values.astype(str).astype(object)
    # Half of the range, so that no group is like those of rows without one.
    groups = (pd.util.hash_array(plain_values) >> np.uint64(1)).astype(np.int64)
    groups[is_missing] = -1 - np.arange(n_missing)
    return groups


def _times(
    names: Sequence[str], table: pa.Table, notices: list[str], gap: int | str
) -> NDArray[np.int64] | NDArray[np.float64]:
    read = [_time(name, table[name], notices) for name in names]
    if isinstance(gap, str) and [kind for _, kind in read] != ["date"]:
        rule = f"must be a number of times, as data.time ({', '.join(names)}) is no single column of dates"
        raise DataError("validation.gap", f"{rule}, got '{gap}'")
    if len(read) == 1:
        return read[0][0]
    ranks = [np.unique(column, return_inverse=True)[1] for column, _ in read]
    _, together = np.unique(np.column_stack(ranks), axis=0, return_inverse=True)
    return together.ravel().astype(np.int64)


def _time(
    name: str, column: pa.ChunkedArray, notices: list[str]
) -> tuple[NDArray[np.int64] | NDArray[np.float64], str]:
    """The values of one column, and their kind."""
    if is_text(column.type):
        column = pc.replace_substring_regex(column, _CLOCK_WITH_POINTS, r"\1:\2:\3")
        column = pc.replace_substring_regex(column, ":$", "")
    kind = kind_of_column(column)
    if kind == "categorical":
        column, kind = _dates(name, column, notices), "date"
    if kind not in ("date", "time", "numeric"):
        raise DataError("data.time", f"column {name!r} holds {column.type} values, which are no times")
    values = plain(column, kind)
    if types.is_timestamp(values.type):
        values = values.cast(pa.int64())
    return np.array(values), kind


def _dates(name: str, column: pa.ChunkedArray, notices: list[str]) -> pa.ChunkedArray:
    try:
        dates, _ = read_dates(name, column, notices)
    except DataError as error:
        raise DataError("data.time", error.message) from error
    return pa.chunked_array([dates])


def _listed(names: Sequence[str]) -> str:
    return " and ".join(map(repr, names))
