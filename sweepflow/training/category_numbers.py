"""Categories as numbers that stand for them: what the target is on average, or how often they occur."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import KFold
from sklearn.preprocessing import TargetEncoder

from sweepflow.cells.column_values import Floats
from sweepflow.training.native_columns import CodedText

__all__ = ["CategoryCounts", "TargetMeans"]


class CategoryCounts(CodedText):
    """How many of the training rows have the same text, or none; 0 for one that they lack."""

    def fit(self, X: pd.DataFrame, y: object = None) -> "CategoryCounts":  # noqa: ARG002, N803
        """Count the texts of each column."""
        codes = self._learn(X)
        self.counts_ = [
            np.append(np.bincount(column, minlength=len(texts) + 1), 0)
            for column, texts in zip(codes.T, self.texts_, strict=True)
        ]
        return self

    def transform(self, X: pd.DataFrame) -> Floats:  # noqa: N803
        """The counts, of the shape of the table."""
        return _looked_up([counts[:, np.newaxis] for counts in self.counts_], self._codes(X))


class TargetMeans(CodedText):
    """The mean of the target over the training rows with the same text, or with none.

    The means of rare texts are drawn to that of all rows, by scikit-learn's `TargetEncoder`; `smooth` is its
    parameter. A text that the training rows lack gets the mean of all. With classes, it is the share of the
    second of two, or of each of more. What `fit_transform` gives each training row comes from the other
    folds of `cv`, so that no row's own target is among its features.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "smooth": TargetEncoder._parameter_constraints["smooth"]
    }

    def __init__(
        self,
        read: Sequence[str] = (),
        missing_words: Sequence[str] | None = None,
        words_for_missing: Mapping[str, str] | None = None,
        has_classes: bool = False,
        smooth: float | str = "auto",
        cv: int = 5,
    ) -> None:
        super().__init__(read, missing_words, words_for_missing)
        self.has_classes = has_classes
        self.smooth = smooth
        self.cv = cv

    def fit(self, X: pd.DataFrame, y: Any) -> "TargetMeans":  # noqa: N803
        """Learn the means from all rows."""
        self.means_ = self._means(self._learn(X), self._targets(y))
        return self

    def fit_transform(self, X: pd.DataFrame, y: Any) -> Floats:  # noqa: N803
        """Learn the means from all rows; the numbers of each row by the means of the other folds."""
        codes, targets = self.fit(X, y)._codes(X), self._targets(y)
        n_folds = min(self.cv, len(codes))
        result = np.empty((len(codes), codes.shape[1] * targets.shape[1]))
        if n_folds < 2:
            return _looked_up(self.means_, codes)
        for others, fold in KFold(n_folds, shuffle=True, random_state=0).split(codes):
            result[fold] = _looked_up(self._means(codes[others], targets[others]), codes[fold])
        return result

    def transform(self, X: pd.DataFrame) -> Floats:  # noqa: N803
        """The means, one number for each column, or one for each column and class."""
        return _looked_up(self.means_, self._codes(X))

    def get_feature_names_out(self, input_features: object = None) -> NDArray[Any]:  # noqa: ARG002
        """The names of the columns, with the class where there are several numbers for each."""
        ends = [""] if len(self.names_) == 1 else [f"_{name}" for name in self.names_]
        return np.asarray([f"{name}{end}" for name in self.feature_names_in_ for end in ends], dtype=object)

    def _targets(self, y: Any) -> Floats:
        """The numbers to average, float64, shape (rows, numbers)."""
        values = np.asarray(y)
        if not self.has_classes:
            numbers = values.astype(np.float64).reshape(len(values), -1)
            self.names_ = [str(number) for number in range(numbers.shape[1])]
            return numbers
        classes = np.unique(values)
        told = classes[1:] if len(classes) == 2 else classes
        self.names_ = [str(label) for label in told]
        return np.column_stack([values == label for label in told]).astype(np.float64)

    def _means(self, codes: NDArray[np.intp], targets: Floats) -> list[Floats]:
        """By column the means of its texts, of gaps, and of all rows, each of shape (texts + 2, numbers)."""
        sizes = [np.arange(len(texts) + 1) for texts in self.texts_]
        encoder = TargetEncoder(categories=sizes, target_type="continuous", smooth=self.smooth)
        fitted = [encoder.fit(codes, target).encodings_ for target in targets.T]
        means = targets.mean(axis=0)
        return [np.vstack([np.column_stack(columns), means]) for columns in zip(*fitted, strict=True)]


def _looked_up(numbers: Sequence[NDArray[Any]], codes: NDArray[np.intp]) -> Floats:
    """The numbers of each code, column by column."""
    found = [table[column] for table, column in zip(numbers, codes.T, strict=True)]
    return np.hstack(found).astype(np.float64)
