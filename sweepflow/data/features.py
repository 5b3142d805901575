"""The columns to learn from: the kind of each, and its values as the trials read them."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from sweepflow.cells.column_values import day_seconds, is_duration, is_time, numbers, read_word, words
from sweepflow.cells.dates import OFFSET, offset_of, read_dates
from sweepflow.errors import DataError
from sweepflow.reading.arrow_types import kind_of

_UTC = (None, "UTC", "Etc/UTC", "Z", "+00:00", "-00:00")

__all__ = ["Feature", "Reading", "feature", "kind_of_column", "plain", "why_unusable"]

_MOST_CATEGORIES, _FEW_ROWS_OF_EACH = 100, 20
_LARGEST = 1e100  # the square of a larger number, which scaling needs, may be infinite
_LARGEST_SINGLE = 1e37  # the same of differences of numbers in single precision
_FIRST, _LAST = np.datetime64("0001-01-01", "D"), np.datetime64("10000-01-01", "D")  # the last excluded


class Feature(NamedTuple):
    """One column to learn from."""

    kind: str
    """A key of `arrow_types.KINDS`."""
    values: pa.ChunkedArray
    date_format: str | None = None
    """The format of its dates in the source, if they are text."""
    number_format: Mapping[str, object] | None = None
    """How its numbers are written in the source, if pandas does not read them as plain numbers."""
    time_zone: str | None = None
    """The time zone of its dates, by name or offset; None if that is UTC, or they have none."""
    has_read_words: bool = False
    """Whether it is text that pandas may read in part as numbers or booleans."""
    n_categories: int = 0
    """The number of different texts, none among them, if it is text."""


class Reading(NamedTuple):
    """How the columns of a table are read."""

    dates: tuple[str, ...] = ()
    """Columns of text that hold dates."""
    categories: tuple[str, ...] = ()
    """Columns that are declared to hold categories."""
    is_csv: bool = False
    """Whether pandas must derive from text what a column holds."""
    offsets: Mapping[str, str] = MappingProxyType({})
    """By column the offset from UTC with which a CSV file writes its first time, if it writes one."""
    is_scaled: bool = True
    """Whether numbers are to be scaled, so that they must be finite."""


def feature(name: str, column: pa.ChunkedArray, reading: Reading, notices: list[str]) -> Feature | None:
    """The column as a feature; None if it has no values; DataError if no model can learn from it."""
    if pc.all(pc.is_null(column, nan_is_null=True)).as_py():
        notices.append(f"Column {name!r} has no values and is left out.")
        return None
    date_format, zone = None, _time_zone(name, column, reading)
    if name in reading.dates and kind_of_column(column) not in ("date", "time"):
        column, date_format = read_dates(name, column, notices)
    is_declared = name in reading.categories
    kind, n_rows = kind_of(column.type) if is_declared else kind_of_column(column), len(column)
    reason = why_unusable(column, is_scaled=reading.is_scaled)
    if kind is None or reason:
        cure = "leave these cells empty, or drop it" if kind else "drop it"
        raise DataError("data.drop", f"column {name!r} {reason}: {cure}")
    n_distinct = pc.count_distinct(column).as_py() if kind == "categorical" else 0
    if n_distinct > _MOST_CATEGORIES and n_rows < n_distinct * _FEW_ROWS_OF_EACH:
        size = f"{n_distinct} distinct values in {n_rows} rows"
        notices.append(f"Column {name!r} has {size}: if it is an identifier, leave it out (data.drop).")
    is_read = kind == "categorical" and (reading.is_csv or is_declared)
    if is_read and (read := _with_read_words(name, column, notices)):
        n_read = pc.count_distinct(read, "all").as_py()
        return Feature(kind, read, has_read_words=True, n_categories=n_read)
    is_odd = kind == "numeric" and (not _is_plain(column.type) or (reading.is_csv and _is_huge(column)))
    n_categories = n_distinct + (kind == "categorical" and column.null_count > 0)
    # Text is widened where it is written, column by column, for its places take as much again as short texts.
    values = column if kind == "categorical" else plain(column, kind)
    return Feature(kind, values, date_format, {} if is_odd else None, zone, n_categories=n_categories)


def _time_zone(name: str, column: pa.ChunkedArray, reading: Reading) -> str | None:
    zone = reading.offsets.get(name) or getattr(column.type, "tz", None)
    if name in reading.dates and kind_of(column.type) != "date":
        texts = column.cast(pa.string())
        first = texts.filter(pc.match_substring_regex(texts, OFFSET))[:1].to_pylist()
        zone = offset_of(first[0]) if first else None
    return None if zone in _UTC else zone


def kind_of_column(column: pa.ChunkedArray) -> str | None:
    """The kind of the column, by its type and, if that is text, by its cells."""
    kind = kind_of(column.type)
    if kind != "categorical":
        return kind
    return "time" if _all_are(is_time, column) else "numeric" if _all_are(is_duration, column) else kind


def why_unusable(column: pa.ChunkedArray, *, is_scaled: bool = True) -> str | None:
    """Why an estimator cannot learn from the column; None if it can."""
    kind, n_rows = kind_of(column.type), len(column)
    if kind is None:
        return f"holds {column.type} values ({n_rows} rows), which cannot be used"
    if kind == "date" and (n_wrong := _count(_is_beyond_the_calendar(column))):
        return f"has dates outside of the years 1 to 9999 in {n_wrong} of {n_rows} rows"
    if not is_scaled or not types.is_floating(column.type):
        return None
    largest = _LARGEST_SINGLE if types.is_float32(column.type) else _LARGEST
    column = column.cast(pa.float64())
    if n_infinite := _count(pc.is_inf(column)):
        return f"is infinite in {n_infinite} of {n_rows} rows"
    if n_large := _count(pc.greater(pc.abs(column), largest)):
        return f"is too large to be scaled in {n_large} of {n_rows} rows"
    return None


def plain(column: pa.ChunkedArray, kind: str | None) -> pa.ChunkedArray:
    """Values that can be mapped into memory: numbers have NaN instead of nulls, times are seconds."""
    if kind == "categorical":
        return column.cast(pa.large_string())
    if kind == "date":
        return column.cast(pa.timestamp("us"), safe=False)
    if kind == "time":
        return pa.chunked_array([day_seconds(_with_microseconds(column).to_pandas())])
    if types.is_duration(column.type) or kind_of(column.type) == "categorical":
        return pa.chunked_array([numbers(column.to_pandas())])
    if types.is_decimal(column.type):
        column = column.cast(pa.string()).cast(pa.float64())  # rounded once, as Python does
    if types.is_float16(column.type):
        column = column.cast(pa.float32())
    if column.null_count and not types.is_floating(column.type):
        column = column.cast(pa.float64(), safe=False)
    return column.fill_null(float("nan")) if column.null_count else column


def _is_plain(type: pa.DataType) -> bool:
    """Whether pandas has plain numbers for a column of that type, and not objects."""
    return bool(types.is_integer(type) or types.is_float32(type) or types.is_float64(type))


def _is_huge(column: pa.ChunkedArray) -> bool:
    """Whether a number is so large that pandas may read it as text, or as a Python object."""
    is_float = types.is_floating(column.type)
    return is_float and bool(_count(pc.greater_equal(pc.abs(column), 2.0**63)))


def _all_are(test: Callable[[str], bool], text: pa.ChunkedArray) -> bool:
    """Whether there is text, and all of it passes the test."""
    texts = text.drop_null()
    return len(texts) > 0 and test(texts[0].as_py()) and all(map(test, pc.unique(texts).to_pylist()))


def _with_read_words(name: str, text: pa.ChunkedArray, notices: list[str]) -> pa.ChunkedArray | None:
    """The text as `column_values.words` reads it; None if none of its cells is a number or a boolean."""
    texts_by_word: dict[str, list[str]] = {}
    for value in pc.unique(text.drop_null()).to_pylist():
        if word := read_word(value):
            texts_by_word.setdefault(word, []).append(value)
    if not texts_by_word:
        return None
    if duplicates := [values for values in texts_by_word.values() if len(values) > 1]:
        shown = " and ".join(map(repr, duplicates[0][:2]))
        notices.append(f"Column {name!r}: {shown} are one category, for pandas may read both as one number.")
    words_read = words(text.to_pandas(), are_read=True)
    return pa.chunked_array([pa.array(words_read, pa.large_string(), from_pandas=True)])


def _with_microseconds(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Times without nanoseconds, which Python's times cannot hold."""
    return column.cast(pa.time64("us"), safe=False) if types.is_time64(column.type) else column


def _is_beyond_the_calendar(column: pa.ChunkedArray) -> pa.ChunkedArray:
    unit = "D" if types.is_date32(column.type) else getattr(column.type, "unit", "ms")
    if unit == "ns":  # ends in 2262
        return pc.is_null(column.drop_null())
    first, last = (int(end.astype(f"M8[{unit}]").astype(np.int64)) for end in (_FIRST, _LAST))
    since_1970 = column.cast(pa.int32() if unit == "D" else pa.int64())
    return pc.or_(pc.less(since_1970, first), pc.greater_equal(since_1970, last))


def _count(is_so: pa.ChunkedArray) -> int:
    return pc.sum(is_so).as_py() or 0
