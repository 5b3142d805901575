"""Dates and times of day as numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from sweepflow.cells.column_values import Floats, day_seconds, decoded

_MICROSECONDS = 24 * 60 * 60 * 1_000_000  # of a day


class DateFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Three numbers for each date column: days since 1970 (UTC), month 1-12, weekday 0-6 from Monday.

    Takes dates as datetimes, or as text in the column's format, which is ISO 8601 unless `formats` has
    another. A missing date, or a word that counts as missing, gives NaN; other text that is no date raises
    ValueError.
    """

    missing_words: Sequence[str] = ()  # for models that were saved before this attribute existed

    def __init__(self, formats: Mapping[str, str] | None = None, missing_words: Sequence[str] = ()) -> None:
        self.formats = formats
        self.missing_words = missing_words

    def fit(self, X: pd.DataFrame, y: object = None) -> "DateFeatures":  # noqa: ARG002, N803
        """Learn the names of the columns, nothing else."""
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: pd.DataFrame) -> NDArray[np.float64]:  # noqa: N803
        """The numbers, float64, shape (rows, 3 * columns)."""
        formats, words = self.formats or {}, self.missing_words
        return np.hstack([_numbers(X[name], formats.get(name, "ISO8601"), words) for name in X.columns])

    def get_feature_names_out(self, input_features: object = None) -> NDArray[Any]:  # noqa: ARG002
        """The names of the numbers, `<column>_days` and so on."""
        names = [f"{name}_{part}" for name in self.feature_names_in_ for part in ("days", "month", "weekday")]
        return np.asarray(names, dtype=object)


class TimeFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Three numbers for each time of day: seconds since midnight, and its position on the clock's circle.

    On the circle (sine and cosine of the day's turn) 23:59 is next to 0:00. Takes times, text such as 8:30,
    durations, or seconds. A missing time, or a word that counts as missing, gives NaN; another value that is
    no time raises ValueError.
    """

    def __init__(self, missing_words: Sequence[str] = ()) -> None:
        self.missing_words = missing_words

    def fit(self, X: pd.DataFrame, y: object = None) -> "TimeFeatures":  # noqa: ARG002, N803
        """Learn the names of the columns, nothing else."""
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: pd.DataFrame) -> Floats:  # noqa: N803
        """The numbers, float64, shape (rows, 3 * columns)."""
        return np.hstack([_on_the_circle(day_seconds(X[name], self.missing_words)) for name in X.columns])

    def get_feature_names_out(self, input_features: object = None) -> NDArray[Any]:  # noqa: ARG002
        """The names of the numbers, `<column>_seconds` and so on."""
        names = [
            f"{name}_{part}" for name in self.feature_names_in_ for part in ("seconds", "sine", "cosine")
        ]
        return np.asarray(names, dtype=object)


def _on_the_circle(seconds: Floats) -> Floats:
    turn = seconds * (2 * np.pi / (24 * 60 * 60))
    return np.column_stack([seconds, np.sin(turn), np.cos(turn)])


def _numbers(column: "pd.Series[Any]", text_format: str, missing_words: Sequence[str]) -> Floats:
    column = decoded(column)
    is_datetime = isinstance(column.dtype, pd.DatetimeTZDtype) or column.dtype.kind == "M"
    times = pd.to_datetime(column, utc=True) if is_datetime else _parsed(column, text_format, missing_words)
    # In microseconds, not in pandas' usual nanoseconds, which cover only the years 1677 to 2262.
    utc = times.dt.tz_convert(None).dt.as_unit("us")
    days = utc.astype("int64").where(utc.notna()) / _MICROSECONDS
    return np.column_stack([days, utc.dt.month, utc.dt.day_of_week]).astype(np.float64)


def _parsed(
    column: "pd.Series[Any]", text_format: str, missing_words: Sequence[str]
) -> "pd.Series[pd.Timestamp]":
    whole = column.astype("Int64") if column.dtype.kind == "f" else column  # 20240131 beside a missing one
    texts = whole.astype("str").str.strip()
    is_known = whole.notna() & ~texts.isin(["", *(word.strip() for word in missing_words)])
    return pd.to_datetime(texts.where(is_known), utc=True, format=text_format)
