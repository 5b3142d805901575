"""The first line of a CSV file, where it holds no names."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sweepflow.reading.source_files import refuse

_SHOWN = 5
_ROWS_COMPARED = 10_000


def without_blank_columns(table: pa.Table) -> pa.Table:
    """The table without its columns that have neither a name nor values, as spreadsheets export them."""
    kept = [
        index for index, name in enumerate(table.column_names) if name.strip() or _has_values(table[index])
    ]
    return table if len(kept) == table.num_columns else table.select(kept)


def check_header(file_name: str, table: pa.Table) -> None:
    """DataError if the names are rather the first row of a table: numbers in no order, or cells of others."""
    names = table.column_names
    if not _are_numbers_in_no_order(names) and not _are_cells(table):
        return
    shown = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    fault = f"{file_name} seems to have no header, its first line is {shown}"
    cure = "write a line with the names of the columns above it, or name them in data.columns"
    refuse(f"{fault}: {cure} (sweepflow init --no-header writes them)")


def _are_numbers_in_no_order(names: Sequence[str]) -> bool:
    texts = [name for name in names if _number(name) is not None]
    numbers = [float(text) for text in texts]
    if len(numbers) < 2 or 2 * len(numbers) < len(names):
        return False
    ascending, has_fractions = sorted(set(numbers)), any(number % 1 for number in numbers)
    are_in_order = numbers in (ascending, ascending[::-1])  # years, wavelengths
    return not are_in_order and (has_fractions or len(ascending) != len(numbers))  # or categories


def _are_cells(table: pa.Table) -> bool:
    """Whether most names are cells of their columns too, or numbers above numbers.

    A column in which nothing but its name stands marks the rows that have what the name says.
    """
    columns = list(zip(table.column_names, table.slice(0, _ROWS_COMPARED).columns, strict=True))
    words = [(name, column) for name, column in columns if pa.types.is_string(column.type)]
    found = [pc.equal(column, name).fill_null(False).to_numpy() for name, column in words]
    n_words = sum(
        bool(cells.any()) and not set(pc.unique(column).to_pylist()) <= {name, "", None}
        for (name, column), cells in zip(words, found, strict=True)
    )
    others = [name for name, column in columns if not pa.types.is_string(column.type)]
    n_numbers = sum(_number(name) is not None for name in others)
    if n_words < 2 or 2 * (n_words + n_numbers) < len(columns):
        return False
    return bool(others) or not np.logical_and.reduce(found).any()  # else the header stands among the rows


def _has_values(column: pa.ChunkedArray) -> bool:
    if pa.types.is_string(column.type):
        return bool(pc.any(pc.not_equal(pc.utf8_trim_whitespace(column), "")).as_py())
    return bool(column.null_count < len(column))


def _number(name: str) -> float | None:
    try:
        number = float(name)
    except ValueError:
        return None
    return number if number - number == 0 else None
