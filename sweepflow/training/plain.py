"""Columns as plain arrays, whatever pandas has made of them.

The same column comes as float64 from the prepared data, and as objects with True, False and None in it from a
file that the user has read: a model must take both for the same.
"""

from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin

from sweepflow.column_values import Floats, booleans, numbers, words


class _Plain(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    def fit(self, X: pd.DataFrame, y: object = None) -> Self:  # noqa: ARG002, N803
        """Learn the names of the columns, nothing else."""
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        self.n_features_in_ = X.shape[1]
        return self


class PlainNumbers(_Plain):
    """Numbers, decimals, durations (in seconds) or text as float64; NaN where one is missing.

    `formats` tells by column how its numbers are written in text.
    """

    def __init__(self, formats: Mapping[str, Mapping[str, object]] | None = None) -> None:
        self.formats = formats

    def transform(self, X: pd.DataFrame) -> Floats:  # noqa: N803
        """The numbers, of the shape of the table; ValueError where one is none."""
        formats = self.formats or {}
        return np.column_stack([numbers(X[name], formats.get(name)) for name in X.columns])


class PlainBooleans(_Plain):
    """Booleans, or 1 and 0, as float64; NaN where one is missing."""

    def transform(self, X: pd.DataFrame) -> Floats:  # noqa: N803
        """The numbers, of the shape of the table; ValueError where one is none."""
        return np.column_stack([booleans(X[name]) for name in X.columns])


class PlainText(_Plain):
    """Text as Python strings, NaN where one is missing.

    In the columns `read`, text that `pandas.read_csv` may read as numbers or booleans is written as these.
    """

    read: Sequence[str] = ()  # not in the model files of older versions

    def __init__(self, read: Sequence[str] = ()) -> None:
        self.read = read

    def transform(self, X: pd.DataFrame) -> NDArray[np.object_]:  # noqa: N803
        """The strings, of the shape of the table; numbers are written out."""
        return np.column_stack([words(X[name], are_read=name in self.read) for name in X.columns])
