"""A column's values as a model needs them: the conversion that preparing and predicting share.

The same column comes in many forms: a decimal as `Decimal` from Parquet, as a float from CSV; a time of day
as `datetime.time`, as text, or as seconds from the prepared data. Each function here accepts every form of
its kind. None, NaN, pd.NA and NaT all mean that a value is missing.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from sweepflow.cells.texts import number_words, without_missing
from sweepflow.cells.written_numbers import NumberFormat, format_of, read_numbers

__all__ = [
    "Floats",
    "booleans",
    "coded_words",
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


def numbers(
    column: "pd.Series[Any]", written: Mapping[str, object] | None = None, missing_words: Sequence[str] = ()
) -> Floats:
    """Numbers as float64, durations in seconds; ValueError names the first text that is not a number.

    `written` says how numbers are written in text: the `picture` of their format (see `written_numbers`), and
    whether `others_are_missing`. Numbers among `missing_words` are missing too.
    """
    column = decoded(column)
    format = format_of(str(written["picture"])) if written and "picture" in written else None
    if column.dtype.kind == "m":
        # Arrow's own durations refuse to become floats where that takes rounding.
        durations: Any = column.astype(getattr(column.dtype, "numpy_dtype", column.dtype))
        column = durations.dt.total_seconds()
    if column.dtype.kind in "biuf":
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        if format and format.is_whole:
            _check_whole(column.name, values)
    elif format:
        values = _written_numbers(
            column, format, missing_words, bool(written and written.get("others_are_missing"))
        )
    else:
        values = _converted(column, _number, missing_words)
    missing_numbers = number_words(missing_words)
    return np.where(np.isin(values, missing_numbers), np.nan, values) if missing_numbers else values


def booleans(column: "pd.Series[Any]", missing_words: Sequence[str] = ()) -> Floats:
    """True as 1 and false as 0, from booleans, text or numbers; ValueError names the first other value."""
    column = decoded(column)
    if column.dtype.kind in "biuf":
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    return _converted(column, _boolean, missing_words)


def day_seconds(column: "pd.Series[Any]", missing_words: Sequence[str] = ()) -> Floats:
    """Times of day as seconds since midnight; ValueError names the first value that is not a time.

    Accepts times, text such as 8:30, 08:30:15.25 or 8:30 pm, durations, datetimes, and seconds.
    """
    column = decoded(column)
    if column.dtype.kind == "M":
        column = column.astype(object)
    if column.dtype.kind in "mbiuf":
        return numbers(column)
    return _converted(column, _day_second, missing_words)


def words(
    column: "pd.Series[Any]",
    *,
    are_read: bool = False,
    missing_words: Sequence[str] | None = None,
    word_for_missing: str | None = None,
) -> NDArray[np.object_]:
    """Text as Python strings, NaN or `word_for_missing` where it is missing; numbers become text.

    With `are_read`, text that `pandas.read_csv` may read as a number or a boolean is written as that value:
    pandas reads numbers from a file of a few rows where a larger one has text. With `missing_words`, these
    and the empty text are missing, and blanks around a text do not count.
    """
    codes, texts = coded_words(column, are_read=are_read, missing_words=missing_words)
    result = texts[codes]
    return result if word_for_missing is None else np.where(pd.isna(result), word_for_missing, result)


def coded_words(
    column: "pd.Series[Any]", *, are_read: bool = False, missing_words: Sequence[str] | None = None
) -> tuple[NDArray[np.intp], NDArray[np.object_]]:
    """What `words` gives as codes, shape (rows,), and the texts that they count, the last of which is NaN.

    Two codes may stand for one text, and several for a missing one.
    """
    plain = decoded(column)
    is_text = isinstance(plain.dtype, pd.StringDtype)
    codes, distinct = pd.factorize(plain if is_text else plain.astype(object), use_na_sentinel=True)
    texts = pd.Series(distinct, dtype=object).astype("str")
    if missing_words is not None:
        texts = without_missing(pa.array(texts, pa.large_string()), missing_words).to_pandas()
    result = texts.to_numpy(dtype=object, na_value=np.nan)
    if are_read:
        plain_words = [read_word(text) if isinstance(text, str) else None for text in result]
        result = np.array(
            [word or text for word, text in zip(plain_words, result, strict=True)], dtype=object
        )
    return codes, np.append(result, np.nan)


def read_word(value: object) -> str | None:
    """The same text for 1, 1.0, "01" and " 1", or for True and "TRUE"; None if the value is neither."""
    word = str(value).strip().lower()
    if word in ("true", "false"):
        return word.capitalize()
    try:
        number = float("_" if "_" in word else word)  # Python reads 1_000 as a number
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


def _converted(
    column: "pd.Series[Any]", convert: Callable[[Any], float | None], missing_words: Sequence[str]
) -> Floats:
    """Every value converted, each distinct one once; ValueError names the first that cannot be."""
    codes, distinct = pd.factorize(column.astype(object), use_na_sentinel=True)
    words = {"", *(word.strip() for word in missing_words)}
    converted = np.full(len(distinct) + 1, np.nan)  # the last one is for -1, the code of missing values
    for position, value in enumerate(distinct):
        if isinstance(value, str) and value.strip() in words:
            continue
        number = convert(value)
        if number is None:
            raise _unreadable_error(value, column.name)
        converted[position] = number
    return converted[codes]


def _written_numbers(
    column: "pd.Series[Any]", format: NumberFormat, missing_words: Sequence[str], others_are_missing: bool
) -> Floats:
    """Texts in that format as numbers, numbers as they are; ValueError names the first other value."""
    is_text = np.array([isinstance(value, str) for value in column], dtype=bool)
    result = np.full(len(column), np.nan)
    result[~is_text] = _converted(column[~is_text], _number, ())
    if format.is_whole:
        _check_whole(column.name, result)
    codes, distinct = pd.factorize(column[is_text])
    texts = without_missing(pa.array(distinct, pa.large_string()), missing_words)
    text_numbers = read_numbers(texts, format)
    is_odd = np.isnan(text_numbers) & np.asarray(texts.is_valid())
    if is_odd.any() and not others_are_missing:
        raise _unreadable_error(distinct[is_odd.argmax()], column.name)
    result[is_text] = text_numbers[codes]
    return result


def _unreadable_error(value: object, name: object) -> ValueError:
    return ValueError(f"{value!r} in column {name!r} cannot be read as the others")


def _check_whole(name: object, values: Floats) -> None:
    is_broken = np.isfinite(values) & (values % 1 != 0)
    if is_broken.any():
        example = f"{values[is_broken.argmax()]} in column {name!r}, where a dot stands between thousands"
        raise ValueError(f"{example}, may be misread: read the column as text, or with thousands='.'")


def _number(value: Any) -> float | None:
    if isinstance(value, str) and not is_duration(value):
        return _read_number(value.strip())
    if isinstance(value, str | timedelta | np.timedelta64):
        return pd.Timedelta(value).total_seconds()
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _read_number(text: str) -> float | None:
    """The number that Arrow's CSV reader reads from the text; None if it is not a number."""
    if "_" in text:  # Python reads 1_000 as a number
        return None
    try:
        return float(int(text, 16) if _HEX.match(text) else float(text))
    except ValueError:
        return None


def _boolean(value: Any) -> float | None:
    return _BOOLEANS.get(str(value).strip().lower())


def _day_second(value: Any) -> float | None:
    if isinstance(value, datetime | time):
        return _seconds(value.hour, value.minute, value.second, value.microsecond)
    if isinstance(value, str):
        return _read_time(value.strip())
    return None if isinstance(value, date) else _number(value)


def _read_time(text: str) -> float | None:
    if not (match := _TIME.fullmatch(text)):
        return None
    hour, minute, second = (int(part or 0) for part in match.group(1, 2, 3))
    if half := match[5]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (half.lower() == "p")
    seconds = _seconds(hour, minute, second, int((match[4] or "").ljust(6, "0")[:6]))
    return seconds if max(minute, second) < 60 and seconds <= _DAY else None


def _seconds(hour: int, minute: int, second: int, microsecond: int) -> float:
    return (hour * 60 + minute) * 60 + second + microsecond / 1e6
