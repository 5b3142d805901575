"""The rows of a table that can be used, and the table without the others."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sweepflow.base.freed_memory import give_back_columns
from sweepflow.data.role_columns import has_time, has_weight
from sweepflow.data.source import DataSource
from sweepflow.data.target import has_target

__all__ = ["leave_out_rows"]


def leave_out_rows(columns: dict[str, pa.ChunkedArray], source: DataSource, notices: list[str]) -> None:
    """Replace the columns of a table by those without the rows that have no target, time or weight.

    The notices say how many these are; DataError if no row is left. One column comes after the other, so that
    there are no two tables at once.
    """
    is_usable = _usable(columns, source, notices)
    if is_usable.all():
        return
    rows = pa.array(is_usable)
    for name in columns:
        n_bytes = columns[name].nbytes
        columns[name] = columns[name].filter(rows)
        give_back_columns(n_bytes)


def _usable(columns: dict[str, pa.ChunkedArray], source: DataSource, notices: list[str]) -> NDArray[np.bool_]:
    """Whether each row can be used, by one rule after the other."""
    table = pa.table({name: columns[name] for name in (*source.targets, *source.roles.names)})
    is_usable = has_target(source, table, notices)
    for rule in (has_time, has_weight):
        is_usable[is_usable] = rule(source.roles, table.filter(pa.array(is_usable)), notices)
    return is_usable
