"""Dates as numbers."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin


class DateFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Three numbers for each date column: days since 1970 (UTC), month 1-12, weekday 0-6 from Monday.

    Takes dates as datetimes or as text; a missing date gives NaN, a text that is no date ValueError.
    """

    def fit(self, X: pd.DataFrame, y: object = None) -> "DateFeatures":  # noqa: ARG002, N803
        """Learn the names of the columns, nothing else."""
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: pd.DataFrame) -> NDArray[np.float64]:  # noqa: N803
        """The numbers, float64, shape (rows, 3 * columns)."""
        return np.hstack([_numbers(X[name]) for name in X.columns])

    def get_feature_names_out(self, input_features: object = None) -> NDArray[Any]:  # noqa: ARG002
        """The names of the numbers, `<column>_days` and so on."""
        names = [f"{name}_{part}" for name in self.feature_names_in_ for part in ("days", "month", "weekday")]
        return np.asarray(names, dtype=object)


def _numbers(column: "pd.Series[Any]") -> NDArray[np.float64]:
    dates = pd.to_datetime(column, utc=True, format=None if column.dtype.kind == "M" else "mixed").dt
    days = (dates.tz_convert(None) - pd.Timestamp(0)) / pd.Timedelta(days=1)
    return np.column_stack([days, dates.month, dates.weekday]).astype(np.float64)
