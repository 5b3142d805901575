"""Dates as numbers."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin


class DateFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Three numbers for each date column: days since 1970 (UTC), month 1-12, weekday 0-6 from Monday.

    Takes dates as datetimes, or as text in the formats given by column, without one in ISO 8601. A missing
    date gives NaN, a text that is no date ValueError.
    """

    def __init__(self, formats: Mapping[str, str] | None = None) -> None:
        self.formats = formats

    def fit(self, X: pd.DataFrame, y: object = None) -> "DateFeatures":  # noqa: ARG002, N803
        """Learn the names of the columns, nothing else."""
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: pd.DataFrame) -> NDArray[np.float64]:  # noqa: N803
        """The numbers, float64, shape (rows, 3 * columns)."""
        formats = self.formats or {}
        return np.hstack([_numbers(X[name], formats.get(name, "ISO8601")) for name in X.columns])

    def get_feature_names_out(self, input_features: object = None) -> NDArray[Any]:  # noqa: ARG002
        """The names of the numbers, `<column>_days` and so on."""
        names = [f"{name}_{part}" for name in self.feature_names_in_ for part in ("days", "month", "weekday")]
        return np.asarray(names, dtype=object)


def _numbers(column: "pd.Series[Any]", text_format: str) -> NDArray[np.float64]:
    is_datetime = isinstance(column.dtype, pd.DatetimeTZDtype) or column.dtype.kind == "M"
    read = pd.to_datetime(column, utc=True) if is_datetime else _read(column, text_format)
    days = (read.dt.tz_convert(None) - pd.Timestamp(0)) / pd.Timedelta(days=1)
    return np.column_stack([days, read.dt.month, read.dt.day_of_week]).astype(np.float64)


def _read(column: "pd.Series[Any]", text_format: str) -> "pd.Series[pd.Timestamp]":
    whole = column.astype("Int64") if column.dtype.kind == "f" else column  # 20240131 beside a missing one
    texts = whole.astype("str").str.strip()
    return pd.to_datetime(texts.where(whole.notna()), utc=True, format=text_format)
