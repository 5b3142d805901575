"""A column's values as a model takes them: the one conversion that preparing and predicting share.

The same column comes in many forms: a decimal as `Decimal` from Parquet, as a float from CSV; a time of day
as `datetime.time`, as text, or as seconds from the prepared data. Each function here takes every form of its
kind. None, NaN, pd.NA and NaT all mean that a value is missing.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = [
    "Floats",
    "booleans",
    "day_seconds",
    "decoded",
    "is_duration",
    "is_time",
    "numbers",
    "read_word",
    "words",
]

Floats = NDArray[np.float64]

_TIME = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:\s?([ap])\.?m\.?)?", re.IGNORECASE)
_DURATION = re.compile(r"-?\d+ days?( [+-]?\d{1,2}:\d\d:\d\d(\.\d{1,9})?)?")
_HEX = re.compile("[-+]?0x", re.IGNORECASE)
_DAY = 24 * 60 * 60
_BOOLEANS = {"true": 1.0, "1": 1.0, "1.0": 1.0, "false": 0.0, "0": 0.0, "0.0": 0.0}


def numbers(column: "pd.Series[Any]", written: Mapping[str, object] | None = None) -> Floats:
    """Numbers as float64, durations in seconds; ValueError names the first text that is no number.

    `written` says how numbers stand in text.
    """
    column = decoded(column)
    if column.dtype.kind == "m":
        column = column.dt.total_seconds()
    if column.dtype.kind in "biuf":
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    return _each(column, lambda value: _number(value, written or {}))


def booleans(column: "pd.Series[Any]") -> Floats:
    """True as 1, false as 0, also as text or numbers; ValueError names the first value that is neither."""
    column = decoded(column)
    if column.dtype.kind in "biuf":
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    return _each(column, _boolean)


def day_seconds(column: "pd.Series[Any]") -> Floats:
    """Times of day as seconds since midnight; ValueError names the first value that is none.

    Takes times, text such as 8:30, 08:30:15.25 or 8:30 pm, durations, datetimes, and seconds.
    """
    column = decoded(column)
    if column.dtype.kind == "M":
        column = column.astype(object)
    if column.dtype.kind in "mbiuf":
        return numbers(column)
    return _each(column, _day_second)


def words(column: "pd.Series[Any]", *, are_read: bool = False) -> NDArray[np.object_]:
    """Text as Python strings, NaN where it is missing; numbers are written out.

    With `are_read`, text that is a number or a boolean for `pandas.read_csv` is written out as that: a file
    of a few rows has numbers where a larger one has text.
    """
    column = decoded(column)
    if not are_read:
        return column.astype("str").to_numpy(dtype=object, na_value=np.nan)
    codes, different = pd.factorize(column.astype(object), use_na_sentinel=True)
    read = [read_word(value) or str(value) for value in different]
    return np.asarray([*read, np.nan], dtype=object)[codes]


def read_word(value: object) -> str | None:
    """The one text for 1, 1.0, "01" and " 1", or for True and "TRUE"; None if the value is neither."""
    word = str(value).strip().lower()
    if word in ("true", "false"):
        return word.capitalize()
    try:
        number = float("_" if "_" in word else word)  # Python takes 1_000 for a number
    except ValueError:
        return None
    return str(int(number)) if number.is_integer() else str(number)


def is_time(text: str) -> bool:
    """Whether the text is a time of day, such as 8:30, 08:30:15.25 or 8:30 pm."""
    return _read_time(text.strip()) is not None


def is_duration(text: str) -> bool:
    """Whether the text is a duration as pandas writes it, such as 1 days 08:30:00."""
    return _DURATION.fullmatch(text.strip()) is not None


def decoded(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """The column itself, or the values of a categorical one."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return column
    return pd.Series(np.asarray(column), index=column.index, name=column.name)


def _each(column: "pd.Series[Any]", convert: Callable[[Any], float | None]) -> Floats:
    """Every value converted, each different one once; ValueError names the first that gives None."""
    codes, different = pd.factorize(column.astype(object), use_na_sentinel=True)
    found = np.full(len(different) + 1, np.nan)  # the last is for -1, the code of what is missing
    for position, value in enumerate(different):
        number = convert(value)
        if number is None:
            raise ValueError(f"{value!r} in column {column.name!r} cannot be read as the others")
        found[position] = number
    return found[codes]


def _number(value: Any, written: Mapping[str, object]) -> float | None:
    if isinstance(value, str) and not is_duration(value):
        return _read_number(value.strip(), written)
    if isinstance(value, str | timedelta | np.timedelta64):
        return pd.Timedelta(value).total_seconds()
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _read_number(text: str, written: Mapping[str, object]) -> float | None:  # noqa: ARG001
    """The number that Arrow's CSV reader finds in a text; NaN if there is none, None if it is no number."""
    if not text or "_" in text:  # Python takes 1_000 for a number
        return None if text else np.nan
    try:
        return float(int(text, 16) if _HEX.match(text) else float(text))
    except ValueError:
        return None


def _boolean(value: Any) -> float | None:
    return _BOOLEANS.get(str(value).strip().lower())


def _day_second(value: Any) -> float | None:
    if isinstance(value, datetime | time):
        return _clock(value.hour, value.minute, value.second, value.microsecond)
    if isinstance(value, str):
        return _read_time(value.strip())
    return None if isinstance(value, date) else _number(value, {})


def _read_time(text: str) -> float | None:
    if not (found := _TIME.fullmatch(text)):
        return None
    hour, minute, second = (int(part or 0) for part in found.group(1, 2, 3))
    if half := found[5]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (half.lower() == "p")
    seconds = _clock(hour, minute, second, int((found[4] or "").ljust(6, "0")[:6]))
    return seconds if max(minute, second) < 60 and seconds <= _DAY else None


def _clock(hour: int, minute: int, second: int, microsecond: int) -> float:
    return (hour * 60 + minute) * 60 + second + microsecond / 1e6
