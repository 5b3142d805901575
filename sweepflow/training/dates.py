"""Dates and times of day as numbers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from sweepflow.cells.column_values import Floats, day_seconds, decoded

_Times: TypeAlias = "pd.Series[pd.Timestamp]"

_MICROSECONDS = 24 * 60 * 60 * 1_000_000  # of a day


class DateFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Numbers for each date column: its days since 1970 (UTC), month, weekday, day of the year, and hour.

    Month and day of the year count from 1, weekday (0 is Monday) and hour (with a fraction) from 0, by the
    clock of the column's time zone, which is UTC unless `time_zones` has another. The hour is left out if no
    training row has a time of day. With `are_cyclic`, all but the days are sine and cosine of the turn of the
    year, week or day, in which December is next to January.

    Takes dates as datetimes, or as text in the column's format, which is ISO 8601 unless `formats` has
    another. A missing date, or a word that counts as missing, gives NaN; other text that is no date raises
    ValueError.
    """

    # For models that were saved before these attributes existed.
    missing_words: Sequence[str] = ()
    parts: Sequence[str] = ("days", "month", "weekday")
    time_zones: Mapping[str, str] | None = None
    are_cyclic: bool = False
    without_hour_: Sequence[str] = ()

    def __init__(
        self,
        formats: Mapping[str, str] | None = None,
        missing_words: Sequence[str] = (),
        time_zones: Mapping[str, str] | None = None,
        are_cyclic: bool = False,
        parts: Sequence[str] = ("days", "month", "weekday", "day_of_year", "hour"),
    ) -> None:
        self.formats = formats
        self.missing_words = missing_words
        self.time_zones = time_zones
        self.are_cyclic = are_cyclic
        self.parts = parts

    def fit(self, X: pd.DataFrame, y: object = None) -> "DateFeatures":  # noqa: ARG002, N803
        """Learn the names of the columns, and which have a time of day."""
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        self.n_features_in_ = X.shape[1]
        hours = {name: _hour(self._times(X[name])[1]) for name in X.columns}
        self.without_hour_ = [name for name, column in hours.items() if not (column > 0).any()]
        return self

    def transform(self, X: pd.DataFrame) -> Floats:  # noqa: N803
        """The numbers, float64, shape (rows, numbers of all columns)."""
        return np.column_stack([numbers for name in X.columns for numbers in self._numbers(X[name])])

    def get_feature_names_out(self, input_features: object = None) -> NDArray[Any]:  # noqa: ARG002
        """The names of the numbers, `<column>_days` and so on."""
        names = []
        for name in self.feature_names_in_:
            for part in self._parts_of(name):
                ends = ["_sine", "_cosine"] if self.are_cyclic and part in _CYCLES else [""]
                names += [f"{name}_{part}{end}" for end in ends]
        return np.asarray(names, dtype=object)

    def _parts_of(self, name: str) -> list[str]:
        return [part for part in self.parts if part != "hour" or name not in self.without_hour_]

    def _times(self, column: "pd.Series[Any]") -> tuple[_Times, _Times]:
        """The dates in UTC, and by the clock of the column's own time zone, both without a zone."""
        text_format = (self.formats or {}).get(str(column.name), "ISO8601")
        times = _times(column, text_format, self.missing_words)
        utc = times.dt.tz_convert(None).dt.as_unit("us")
        zone = (self.time_zones or {}).get(str(column.name))
        return utc, times.dt.as_unit("us").dt.tz_convert(zone).dt.tz_localize(None) if zone else utc

    def _numbers(self, column: "pd.Series[Any]") -> Iterator[Floats]:
        """The numbers of one column, each of shape (rows,)."""
        utc, local = self._times(column)
        for part in self._parts_of(str(column.name)):
            if part == "days":
                # In microseconds, not in pandas' usual nanoseconds, which cover only the years 1677 to 2262.
                yield np.asarray(utc.astype("int64").where(utc.notna()) / _MICROSECONDS, dtype=np.float64)
                continue
            numbers = _CALENDAR[part](local).to_numpy(dtype=np.float64, na_value=np.nan)
            if not self.are_cyclic:
                yield numbers
                continue
            turn = numbers * (2 * np.pi / _CYCLES[part])
            yield from (np.sin(turn), np.cos(turn))


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


def _hour(times: _Times) -> "pd.Series[float]":
    return times.dt.hour + times.dt.minute / 60 + times.dt.second / 3600


_CALENDAR: Mapping[str, Callable[[_Times], "pd.Series[Any]"]] = {
    "month": lambda times: times.dt.month,
    "weekday": lambda times: times.dt.day_of_week,
    "day_of_year": lambda times: times.dt.day_of_year,
    "hour": _hour,
}
_CYCLES = {"month": 12, "weekday": 7, "day_of_year": 365.25, "hour": 24}


def _times(column: "pd.Series[Any]", text_format: str, missing_words: Sequence[str]) -> _Times:
    column = decoded(column)
    is_datetime = isinstance(column.dtype, pd.DatetimeTZDtype) or column.dtype.kind == "M"
    return pd.to_datetime(column, utc=True) if is_datetime else _parsed(column, text_format, missing_words)


def _parsed(
    column: "pd.Series[Any]", text_format: str, missing_words: Sequence[str]
) -> "pd.Series[pd.Timestamp]":
    whole = column.astype("Int64") if column.dtype.kind == "f" else column  # 20240131 beside a missing one
    texts = whole.astype("str").str.strip()
    is_known = whole.notna() & ~texts.isin(["", *(word.strip() for word in missing_words)])
    return pd.to_datetime(texts.where(is_known), utc=True, format=text_format)
