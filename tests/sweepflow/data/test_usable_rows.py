"""The rows of a table that can be used."""

from typing import Any

import pyarrow as pa
import pytest

from sweepflow.data.source import DataSource
from sweepflow.data.usable_rows import leave_out_rows
from sweepflow.errors import DataError


def left(source: DataSource, **columns: Any) -> tuple[dict[str, list[Any]], list[str]]:
    """The columns without the rows left out, and the notices."""
    chunked = {name: pa.chunked_array([values]) for name, values in columns.items()}
    notices: list[str] = []
    leave_out_rows(chunked, source, notices)
    return {name: column.to_pylist() for name, column in chunked.items()}, notices


def test_rows_without_target_time_or_weight_are_left_out_and_each_is_told_once() -> None:
    source = DataSource(path="t.csv", target="y", time=("t",), weight="w")
    columns, notices = left(
        source,
        x=[1, 2, 3, 4, 5],
        y=[None, 1, 0, 1, 0],
        t=pa.array([None, None, 3, 4, 5]),
        w=[1.0, 1.0, 0.0, 2.0, 0.5],
    )
    assert columns == {"x": [4, 5], "y": [1, 0], "t": [4, 5], "w": [2.0, 0.5]}
    assert notices == [
        "1 of 5 rows have no 'y' and are left out.",
        "1 of 4 rows have no time in 't' and are left out.",
        "1 of 3 rows weigh 0 by 'w' and are left out.",
    ]


def test_several_targets_must_all_be_there() -> None:
    source = DataSource(path="t.csv", target=["a", "b"])
    columns, notices = left(source, a=[1.0, float("nan"), 3.0], b=[1.0, 2.0, None])
    assert columns == {"a": [1.0], "b": [1.0]}
    assert notices == ["2 of 3 rows have no 'a' or no 'b' and are left out."]


def test_a_time_that_no_row_with_a_target_has_is_an_error() -> None:
    source = DataSource(path="t.csv", target="y", time=("t",))
    with pytest.raises(DataError, match="no row has a time in 't'"):
        left(source, y=[1, None], t=[None, 3])
