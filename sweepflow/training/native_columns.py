"""Columns for an estimator that takes gaps and categories by itself: a table of numbers and codes."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin

from sweepflow.cells.column_values import coded_words
from sweepflow.training.known_texts import different, numbered, packed, unpacked
from sweepflow.training.named_columns import NamedColumns

_ODD_SIGNS = re.compile(r"\W+")

__all__ = ["CategoryColumns", "CodedText", "NativeColumns"]

_Coded = tuple[NDArray[np.intp], NDArray[np.object_]]
Codes = NDArray[np.int32]


class CodedText(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Columns of text whose different texts have numbers; the text is read as by `PlainText`."""

    def __init__(
        self,
        read: Sequence[str] = (),
        missing_words: Sequence[str] | None = None,
        words_for_missing: Mapping[str, str] | None = None,
    ) -> None:
        self.read = read
        self.missing_words = missing_words
        self.words_for_missing = words_for_missing

    def _learn(self, table: pd.DataFrame) -> Codes:
        """Learn the texts of each column, in ascending order; gives their numbers, as `_codes` does."""
        self.feature_names_in_ = np.asarray(table.columns, dtype=object)
        self.n_features_in_ = table.shape[1]
        self.texts_, columns = [], []
        for name in table.columns:
            codes, texts = self._coded(table[name])
            self.texts_.append(different(texts))
            columns.append(numbered(texts, self.texts_[-1])[codes])
        return np.column_stack(columns)

    def _codes(self, table: pd.DataFrame) -> Codes:
        """The number of each text among the known ones of its column, shape (rows, columns).

        A gap has the number after the last one, and a text that is not known has -1.
        """
        columns = []
        for name, known in zip(table.columns, self.texts_, strict=True):
            codes, texts = self._coded(table[name])
            columns.append(numbered(texts, known)[codes])
        return np.column_stack(columns)

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        return {**state, "texts_": [packed(texts) for texts in self.texts_]} if "texts_" in state else state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "texts_" in state:
            self.texts_ = [unpacked(texts) for texts in state["texts_"]]

    def _coded(self, column: "pd.Series[Any]") -> _Coded:
        """Codes of rows, from 0, and the texts that they count, NaN for a gap."""
        codes, texts = coded_words(
            column, are_read=column.name in self.read, missing_words=self.missing_words
        )
        if (word := (self.words_for_missing or {}).get(str(column.name))) is not None:
            texts = np.where(pd.isna(texts), word, texts)
        return np.where(codes < 0, len(texts) - 1, codes), texts


class CategoryColumns(CodedText):
    """Text as pandas categories, which are numbers of the training rows' texts; a gap stays a gap.

    Of more than `max_categories` texts, the rarer ones share one category, and so do those that are rarer
    than `min_frequency`, a number or a share of the training rows. A text that the training rows lack is
    one of the rare ones, or a gap if there are none. A row counts by its weight.
    """

    __metadata_request__fit: ClassVar[dict[str, bool | str]] = {"sample_weight": True}

    def __init__(
        self,
        read: Sequence[str] = (),
        missing_words: Sequence[str] | None = None,
        words_for_missing: Mapping[str, str] | None = None,
        max_categories: int | None = None,
        min_frequency: float | None = None,
    ) -> None:
        super().__init__(read, missing_words, words_for_missing)
        self.max_categories = max_categories
        self.min_frequency = min_frequency

    def fit(
        self,
        X: pd.DataFrame,  # noqa: N803
        y: object = None,  # noqa: ARG002
        sample_weight: NDArray[np.float64] | None = None,
    ) -> "CategoryColumns":
        """Learn the categories of each column."""
        self.have_rare_: list[bool] = []
        for number, codes in enumerate(self._learn(X).T):
            texts = self.texts_[number]
            counts = np.bincount(codes, sample_weight, minlength=len(texts) + 1)[: len(texts)]
            kept = self._kept(counts)
            self.texts_[number] = texts.filter(pa.array(kept))
            self.have_rare_.append(not kept.all())
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """The categories, of the shape and with the index of the table."""
        columns = {}
        known = zip(X.columns, self._codes(X).T, self.texts_, self.have_rare_, strict=True)
        for name, codes, texts, has_rare in known:
            n = len(texts)
            # The code n is that of a gap, -1 that of a text without a category of its own.
            categories = np.select([codes == n, codes == -1], [-1, n if has_rare else -1], codes)
            dtype = pd.CategoricalDtype(pd.RangeIndex(n + has_rare))
            columns[name] = pd.Categorical.from_codes(categories, dtype=dtype)
        return pd.DataFrame(columns, index=X.index)

    def _kept(self, counts: NDArray[Any]) -> NDArray[np.bool_]:
        """Whether each text has a category of its own, by how many rows have it."""
        least = self.min_frequency or 0
        kept = counts >= (least * counts.sum() if isinstance(least, float) and least < 1 else least)
        most = self.max_categories
        if most is None or kept.sum() + (not kept.all()) <= most:
            return kept
        often = np.argsort(-counts, kind="stable")[: most - 1]
        return kept & np.isin(np.arange(len(counts)), often)


class NativeColumns(NamedColumns):
    """A `NamedColumns` that keeps the order of the table, as one who hands the table over as it is has it.

    A column of which several are made, as of a date, puts them and those of its kind where the first of that
    kind is. As a pandas table it has names that every library takes.
    """

    order_: Sequence[int] | None = None  # for models that were saved before this attribute existed
    """Which column of scikit-learn's transformer is the first, the second and so on; None: its own order."""

    def fit_transform(self, X: pd.DataFrame, y: object = None, **params: Any) -> Any:  # noqa: N803
        """What `NamedColumns` makes of the table, in the order of its columns."""
        self.order_ = None
        made = super().fit_transform(X, y, **params)
        self.order_ = self._order()
        return self._in_order(made)

    def transform(self, X: pd.DataFrame, **params: Any) -> Any:  # noqa: N803
        """As `fit_transform`, without the fit; ValueError if the table lacks a column."""
        return self._in_order(super().transform(X, **params))

    def get_feature_names_out(self, input_features: object = None) -> NDArray[Any]:
        """The names, with a `_` for whatever LightGBM or XGBoost refuse in one."""
        names: list[str] = []
        for name in super().get_feature_names_out(input_features):
            plain = _ODD_SIGNS.sub("_", name)
            while plain in names:
                plain += "_"
            names.append(plain)
        found = np.asarray(names, dtype=object)
        return found if self.order_ is None else found[list(self.order_)]

    def _order(self) -> list[int]:
        places = {name: place for place, name in enumerate(self.feature_names_in_)}
        keys: list[int] = []
        for kind, _, names in self.transformers:
            made = self.output_indices_[kind]
            own = [places[name] for name in names]
            n_made = made.stop - made.start
            keys += own if n_made == len(own) else [own[0]] * n_made
        return sorted(range(len(keys)), key=lambda number: keys[number])

    def _in_order(self, made: Any) -> Any:
        if self.order_ is None:
            return made
        order = list(self.order_)
        return made.iloc[:, order] if isinstance(made, pd.DataFrame) else made[:, order]
