"""The first line of a CSV file, where it holds no names."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from sweepflow.reading.source_files import refuse

_SHOWN = 5


def without_blank_columns(table: pa.Table) -> pa.Table:
    """The table without its columns that have neither a name nor values, as spreadsheets export them."""
    kept = [
        index for index, name in enumerate(table.column_names) if name.strip() or _has_values(table[index])
    ]
    return table if len(kept) == table.num_columns else table.select(kept)


def check_header(file_name: str, names: Sequence[str]) -> None:
    """DataError if the names are rather the first row of a table: numbers in no order."""
    texts = [name for name in names if _number(name) is not None]
    numbers = [float(text) for text in texts]
    if len(numbers) < 2 or 2 * len(numbers) < len(names):
        return
    ascending, has_fractions = sorted(set(numbers)), any(number % 1 for number in numbers)
    are_in_order = numbers in (ascending, ascending[::-1])  # years, wavelengths
    if are_in_order or (not has_fractions and len(ascending) == len(numbers)):  # or categories
        return
    shown = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    fault = f"{file_name} seems to have no header, its first line is {shown}"
    refuse(f"{fault}: write a line with the names of the columns above it")


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
