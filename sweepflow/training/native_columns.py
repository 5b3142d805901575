"""Columns for an estimator that takes gaps and categories by itself: a table of numbers and codes."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin

from sweepflow.cells.column_values import coded_words
from sweepflow.training.named_columns import NamedColumns

_ODD_SIGNS = re.compile(r"\W+")

__all__ = ["CategoryColumns", "NativeColumns"]


class CategoryColumns(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Text as pandas categories, which are the codes of the training rows' texts; a gap stays a gap.

    Of more than `max_categories` texts, the rarer ones share one category, and so do those that are rarer
    than `min_frequency`, a number or a share of the training rows. A text that the training rows lack is
    one of the rare ones, or a gap if there are none. The text is read as by `PlainText`.
    """

    def __init__(
        self,
        read: Sequence[str] = (),
        missing_words: Sequence[str] | None = None,
        words_for_missing: Mapping[str, str] | None = None,
        max_categories: int | None = None,
        min_frequency: float | None = None,
    ) -> None:
        self.read = read
        self.missing_words = missing_words
        self.words_for_missing = words_for_missing
        self.max_categories = max_categories
        self.min_frequency = min_frequency

    def fit(self, X: pd.DataFrame, y: object = None) -> "CategoryColumns":  # noqa: ARG002, N803
        """Learn the categories of each column."""
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        self.n_features_in_ = X.shape[1]
        self.categories_: list[NDArray[np.object_]] = []
        self.have_rare_: list[bool] = []
        for name in X.columns:
            codes, texts = self._coded(X[name])
            counts = pd.Series(np.bincount(codes, minlength=len(texts))).groupby(texts).sum()
            kept = self._kept(counts)
            self.categories_.append(kept)
            self.have_rare_.append(len(kept) < len(counts))
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """The categories, of the shape and with the index of the table."""
        known = zip(X.columns, self.categories_, self.have_rare_, strict=True)
        columns = {name: self._categories(X[name], kept, has_rare) for name, kept, has_rare in known}
        return pd.DataFrame(columns, index=X.index)

    def _coded(self, column: "pd.Series[Any]") -> tuple[NDArray[np.intp], NDArray[np.object_]]:
        """Codes, from 0, and the texts that they count, NaN for a gap."""
        codes, texts = coded_words(
            column, are_read=column.name in self.read, missing_words=self.missing_words
        )
        if (word := (self.words_for_missing or {}).get(str(column.name))) is not None:
            texts = np.where(pd.isna(texts), word, texts)
        return np.where(codes < 0, len(texts) - 1, codes), texts

    def _kept(self, counts: "pd.Series[int]") -> NDArray[np.object_]:
        """The texts that have a category of their own, ascending."""
        least = self.min_frequency or 0
        least = least * counts.sum() if isinstance(least, float) and least < 1 else least
        kept = counts[counts >= least]
        if self.max_categories is not None and len(kept) + (len(kept) < len(counts)) > self.max_categories:
            kept = kept.sort_values(ascending=False, kind="stable")[: self.max_categories - 1]
        return np.sort(kept.index.to_numpy(dtype=object))

    def _categories(
        self, column: "pd.Series[Any]", kept: NDArray[np.object_], has_rare: bool
    ) -> pd.Categorical:
        codes, texts = self._coded(column)
        numbers = {text: number for number, text in enumerate(kept)}
        other = len(kept) if has_rare else -1
        known = [-1 if pd.isna(text) else numbers.get(text, other) for text in texts]
        dtype = pd.CategoricalDtype(pd.RangeIndex(len(kept) + has_rare))
        return pd.Categorical.from_codes(np.asarray(known, dtype=np.intp)[codes], dtype=dtype)


class NativeColumns(NamedColumns):
    """A `NamedColumns` that gives a pandas table, whose columns have names that every library takes."""

    def get_feature_names_out(self, input_features: object = None) -> NDArray[Any]:
        """The names, with a `_` for whatever LightGBM or XGBoost refuse in one."""
        names: list[str] = []
        for name in super().get_feature_names_out(input_features):
            plain = _ODD_SIGNS.sub("_", name)
            while plain in names:
                plain += "_"
            names.append(plain)
        return np.asarray(names, dtype=object)
