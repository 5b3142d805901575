"""A column's cells as numbers or as text, without those that count as missing."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from sweepflow.cells import notices as cell_notices
from sweepflow.cells.texts import TextCounts, count_texts, without_missing
from sweepflow.cells.written_numbers import WrittenNumbers, picture_of
from sweepflow.errors import DataError

__all__ = ["ColumnValues", "category_values", "holds_numbers", "number_values", "plain_values", "text_values"]


class ColumnValues(NamedTuple):
    """One column, how it is written, and notices about it."""

    values: pa.ChunkedArray
    number_format: dict[str, Any] | None = None
    """How its numbers are written, for `column_values.numbers`; None if plainly."""
    notices: tuple[str, ...] = ()


def number_values(
    name: str, column: pa.ChunkedArray, texts: TextCounts, written: WrittenNumbers, missing: Sequence[float]
) -> ColumnValues:
    """A column of text as numbers, null where a cell is not a number or counts as missing."""
    is_none = np.isnan(written.numbers) | ~texts.is_known
    numbers = pa.array(np.where(is_none, np.nan, written.numbers), from_pandas=True)
    places = pc.index_in(column.cast(texts.texts.type), value_set=texts.texts)
    values, _ = _without(pa.chunked_array([numbers.take(places.combine_chunks())]), missing)
    odd = {text: n for text, n in texts.of(is_none).items() if text}
    picture = picture_of(written.format)
    notices = cell_notices.about_numbers(name, column, odd, picture)
    notices += cell_notices.about_far_off(name, values)
    return ColumnValues(values, {"picture": picture, "others_are_missing": bool(odd)}, notices)


def text_values(
    name: str,
    column: pa.ChunkedArray,
    texts: TextCounts | None,
    missing: Sequence[str],
    written: WrittenNumbers | None,
    is_target: bool,
) -> ColumnValues:
    """A column of text without blanks around, null where missing; of dates if `texts` is None."""
    if texts is None:
        told = cell_notices.about_words(name, count_texts(column, missing))
        return ColumnValues(without_missing(column, missing), None, told)
    values = column if texts.are_all_plain else without_missing(column, missing)
    notices = cell_notices.about_words(name, texts)
    notices += cell_notices.about_likeness(name, texts, "class" if is_target else "category")
    if is_target:
        beside_numbers = written and cell_notices.about_classes_beside_numbers(name, texts, written)
        notices += beside_numbers or cell_notices.about_sign(name, texts)
    elif written:
        notices += cell_notices.about_some_numbers(name, texts, written)
    return ColumnValues(values, None, notices)


def plain_values(name: str, values: pa.ChunkedArray, missing: Sequence[float], decimal: str) -> ColumnValues:
    """A column of any other type; numbers that count as missing are null."""
    if not (types.is_integer(values.type) or types.is_floating(values.type)):
        return ColumnValues(values)
    values, missing_counts = _without(values, missing)
    # If a comma is the decimal sign, pandas reads numbers as text.
    format = {"picture": "1234,5", "others_are_missing": False} if decimal == "," else None
    notices = cell_notices.about_missing(name, missing_counts) + cell_notices.about_far_off(name, values)
    return ColumnValues(values, format, notices)


def _without(values: pa.ChunkedArray, missing: Sequence[float]) -> tuple[pa.ChunkedArray, dict[str, int]]:
    """The numbers, null where one counts as missing, and how often each of these occurs."""
    if not missing:
        return values, {}
    floats = values.cast(pa.float64(), safe=False)
    missing_counts = {f"{number:.15g}": pc.sum(pc.equal(floats, number)).as_py() or 0 for number in missing}
    is_missing = pc.is_in(floats, pa.array(missing, pa.float64()))
    remaining = pc.if_else(is_missing, pa.scalar(None, values.type), values)
    return remaining, {text: n for text, n in missing_counts.items() if n}


def holds_numbers(type: pa.DataType) -> bool:
    """Whether a column of that type holds numbers."""
    return bool(types.is_integer(type) or types.is_floating(type) or types.is_decimal(type))


def category_values(name: str, column: pa.ChunkedArray, missing: Sequence[str]) -> ColumnValues:
    """A column of numbers or booleans as text."""
    if holds_numbers(column.type) or types.is_boolean(column.type):
        return ColumnValues(without_missing(column.cast(pa.large_string()), missing))
    message = f"column {name!r} holds {column.type} values ({len(column)} rows): leave it out of categories"
    raise DataError("data.categories", message)
