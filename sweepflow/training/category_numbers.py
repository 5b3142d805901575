"""Categories as numbers that stand for them: what the target is on average, or how often they occur."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.preprocessing import TargetEncoder

from sweepflow.cells.column_values import Floats
from sweepflow.data.roles import NO_ROLES, Roles
from sweepflow.training.cross_fitting import cross_fitting
from sweepflow.training.native_columns import CodedText, Codes

__all__ = ["CategoryCounts", "TargetMeans"]


class CategoryCounts(CodedText):
    """How many of the training rows have the same text, or none; 0 for one that they lack.

    A row counts by its weight.
    """

    __metadata_request__fit: ClassVar[dict[str, bool | str]] = {"sample_weight": True}

    def fit(
        self,
        X: pd.DataFrame,  # noqa: N803
        y: object = None,  # noqa: ARG002
        sample_weight: Floats | None = None,
    ) -> "CategoryCounts":
        """Count the texts of each column."""
        codes = self._learn(X)
        self.counts_ = [
            np.append(np.bincount(column, sample_weight, minlength=len(texts) + 1), 0)
            for column, texts in zip(codes.T, self.texts_, strict=True)
        ]
        return self

    def transform(self, X: pd.DataFrame) -> Floats:  # noqa: N803
        """The counts, of the shape of the table."""
        return _looked_up([counts[:, np.newaxis] for counts in self.counts_], self._codes(X))


class TargetMeans(CodedText):
    """The mean of the target over the training rows with the same text, or with none.

    The means of rare texts are drawn to that of all rows, as by scikit-learn's `TargetEncoder`; `smooth` is
    its parameter. A text that the training rows lack gets the mean of all. With classes, it is the share of
    the second of two, or of each of more. A row counts by its weight. What `fit_transform` gives each
    training row comes from the other folds of `cv`, so that no row's own target is among its features: see
    `cross_fitting`. A row that may learn from none gets the mean of all.
    """

    __metadata_request__fit: ClassVar[dict[str, bool | str]] = {
        "sample_weight": True,
        "roles": True,  # of fit_transform, whose requests are those of fit
        "gap": True,
    }
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

    def fit(self, X: pd.DataFrame, y: Any, sample_weight: Floats | None = None) -> "TargetMeans":  # noqa: N803
        """Learn the means from all rows."""
        self._fit(self._learn(X), self._targets(y), sample_weight)
        return self

    def fit_transform(
        self,
        X: pd.DataFrame,  # noqa: N803
        y: Any,
        sample_weight: Floats | None = None,
        roles: Roles = NO_ROLES,
        gap: int | str = 0,
    ) -> Floats:
        """Learn the means from all rows; the numbers of each row by the means of rows that it may learn from.

        `gap` is that of the validation.
        """
        codes, targets = self._learn(X), self._targets(y)
        weights = np.ones(len(codes)) if sample_weight is None else sample_weight
        self._fit(codes, targets, weights)
        result = _looked_up(self.means_, np.full_like(codes, -1))
        for others, rows in cross_fitting(roles, gap, len(codes), self.cv):
            means = self._means(codes[others], targets[others], weights[others])
            result[rows] = _looked_up(means, codes[rows])
        return result

    def _fit(self, codes: Codes, targets: Floats, weights: Floats | None) -> None:
        self.means_ = self._means(codes, targets, np.ones(len(codes)) if weights is None else weights)

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

    def _means(self, codes: Codes, targets: Floats, weights: Floats) -> list[Floats]:
        """By column the means of its texts, of gaps, and of all rows, each of shape (texts + 2, numbers)."""
        sizes = [len(texts) + 1 for texts in self.texts_]
        return [
            np.column_stack([_smoothed(column, size, target, weights, self.smooth) for target in targets.T])
            for column, size in zip(codes.T, sizes, strict=True)
        ]


def _smoothed(codes: Codes, n_codes: int, target: Floats, weights: Floats, smooth: float | str) -> Floats:
    """The mean of the target for each code, drawn to that of all rows, which comes last.

    With `auto` by how much the target differs within a code and among all rows: empirical Bayes, as in
    scikit-learn's `TargetEncoder`; with a number as if so many rows more had the mean of all.
    """
    mean = float(np.average(target, weights=weights))
    counts = np.bincount(codes, weights, n_codes)
    sums = np.bincount(codes, weights * target, n_codes)
    with np.errstate(invalid="ignore", divide="ignore"):
        if smooth != "auto":
            means = (sums + float(smooth) * mean) / (counts + float(smooth))
        else:
            own = sums / counts
            within = np.bincount(codes, weights * (target - own[codes]) ** 2, n_codes) / counts
            spread = float(np.average((target - mean) ** 2, weights=weights)) * counts
            trust = spread / (spread + within)
            means = trust * own + (1 - trust) * mean
    return np.append(np.where(np.isfinite(means), means, mean), mean)


def _looked_up(numbers: Sequence[NDArray[Any]], codes: Codes) -> Floats:
    """The numbers of each code, column by column."""
    found = [table[column] for table, column in zip(numbers, codes.T, strict=True)]
    return np.hstack(found).astype(np.float64)
