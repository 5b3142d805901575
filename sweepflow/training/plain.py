"""Columns as plain arrays, whatever pandas has made of them.

The same column comes as float64 from the prepared data, and as objects with True, False and None in it from a
file that the user has read: a model must treat both alike.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin

from sweepflow.cells.column_values import Floats, booleans, numbers, words


class _Plain(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    def fit(self, X: pd.DataFrame, y: object = None) -> Self:  # noqa: ARG002, N803
        """Learn the names of the columns, nothing else."""
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        self.n_features_in_ = X.shape[1]
        return self


class PlainNumbers(_Plain):
    """Numbers, decimals, durations (in seconds) or text as float64; NaN where one is missing.

    `formats` says for each column how its numbers are written in text; `missing_words` count as missing.
    """

    def __init__(
        self, formats: Mapping[str, Mapping[str, object]] | None = None, missing_words: Sequence[str] = ()
    ) -> None:
        self.formats = formats
        self.missing_words = missing_words

    def transform(self, X: pd.DataFrame) -> Floats:  # noqa: N803
        """The numbers, of the shape of the table; ValueError where one is none."""
        formats, words = self.formats or {}, self.missing_words
        return np.column_stack([numbers(X[name], formats.get(name), words) for name in X.columns])


class PlainBooleans(_Plain):
    """Booleans, or 1 and 0, as float64; NaN where one is missing."""

    missing_words: Sequence[str] = ()  # for models that were saved before this attribute existed

    def __init__(self, missing_words: Sequence[str] = ()) -> None:
        self.missing_words = missing_words

    def transform(self, X: pd.DataFrame) -> Floats:  # noqa: N803
        """The numbers, of the shape of the table; ValueError where one is none."""
        return np.column_stack([booleans(X[name], self.missing_words) for name in X.columns])


class PlainText(_Plain):
    """Text as Python strings, NaN where one is missing.

    In the columns `read`, text that `pandas.read_csv` may read as numbers or booleans is written as these.
    `missing_words` and blank text count as missing; `words_for_missing` has for some columns the category
    that stands for a missing value. Without `missing_words`, text is taken as it is.
    """

    # For models that were saved before these attributes existed.
    read: Sequence[str] = ()
    missing_words: Sequence[str] | None = None
    words_for_missing: Mapping[str, str] | None = None

    def __init__(
        self,
        read: Sequence[str] = (),
        missing_words: Sequence[str] | None = None,
        words_for_missing: Mapping[str, str] | None = None,
    ) -> None:
        self.read = read
        self.missing_words = missing_words
        self.words_for_missing = words_for_missing

    def transform(self, X: pd.DataFrame) -> NDArray[np.object_]:  # noqa: N803
        """The strings, of the shape of the table; numbers are written out."""
        return np.column_stack([self._words(X[name]) for name in X.columns])

    def _words(self, column: "pd.Series[Any]") -> NDArray[np.object_]:
        stand_in = (self.words_for_missing or {}).get(str(column.name))
        is_read = column.name in self.read
        return words(column, are_read=is_read, missing_words=self.missing_words, word_for_missing=stand_in)
