"""Dates that are written as text."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
import pyarrow as pa

from sweepflow.errors import DataError

__all__ = ["OFFSET", "offset_of", "read_dates"]

OFFSET = r"\d{2}:\d{2}.*[+-]\d{2}:?\d{2}\s*$"
"""A text that ends with a time and its offset from UTC."""

_DAYS = (
    *("%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%d %b %Y", "%b %d, %Y"),
    *("%d-%b-%Y", "%d %B %Y", "%B %d, %Y", "%d.%m.%y", "%m/%d/%y", "%d/%m/%y", "%d-%b-%y"),
)
_CLOCK = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_DATE_FORMATS = ("ISO8601", *(day + time for day in _DAYS for time in _CLOCK))

_as_dates: Callable[..., Any] = partial(pd.to_datetime, utc=True, errors="coerce")


def offset_of(text: str) -> str:
    """The offset from UTC, as +02:00, of a text that matches `OFFSET`."""
    sign, *digits = [sign for sign in text.strip()[-6:] if sign in "+-0123456789"][-5:]
    return f"{sign}{''.join(digits[:2])}:{''.join(digits[2:])}"


def read_dates(name: str, column: pa.ChunkedArray, notices: list[str]) -> tuple[pa.Array, str]:
    """Text as UTC timestamps, and its format; adds a notice if another format fits and gives other dates."""
    texts = pd.Series(column.cast(pa.string()).to_pandas(), dtype="str").str.strip()
    distinct = pd.Series(texts.dropna().unique())
    formats = [format for format in _DATE_FORMATS if _as_dates(distinct[:1], format=format).notna().all()]
    readings = {format: _as_dates(distinct, format=format) for format in formats or _DATE_FORMATS[:1]}
    format = min(readings, key=lambda format: readings[format].isna().sum())
    best = readings.pop(format)
    if best.isna().any():
        bad_cell = f"{distinct[best.isna()].iloc[0]!r} in column {name!r} ({len(column)} rows) is no date"
        raise DataError(
            "data.dates",
            f"{bad_cell} like the others: write them as YYYY-MM-DD, or name what is missing in data.nulls",
        )
    if any(other.notna().all() and not other.equals(best) for other in readings.values()):
        notices.append(f"Column {name!r} is read as {format} but fits another order too: write YYYY-MM-DD.")
    dates = pd.to_datetime(texts.map(dict(zip(distinct, best, strict=True))), utc=True)
    return pa.array(dates.dt.tz_localize(None)), format
