"""Steps of scikit-learn's that count each row by its weight: one of three is three equal rows."""

from collections.abc import Iterator
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import StandardScaler

from sweepflow.cells.column_values import Floats

__all__ = ["WeightedImputer", "WeightedScaler", "weighted_median"]

_BY_WEIGHT: dict[str, bool | str] = {"sample_weight": True}


class WeightedImputer(SimpleImputer):  # type: ignore[misc]
    """A `SimpleImputer` of numbers whose medians, means and most frequent values are those by weight."""

    __metadata_request__fit: ClassVar[dict[str, bool | str]] = _BY_WEIGHT

    def fit(self, X: Any, y: object = None, sample_weight: Floats | None = None) -> Self:  # noqa: N803
        """Learn what fills the gaps of each column; one without values is filled as SimpleImputer does."""
        super().fit(X, y)
        statistic = _STATISTICS.get(self.strategy)
        if sample_weight is None or statistic is None:
            return self
        for number, column in enumerate(_columns(X)):
            counts = ~np.isnan(column) & (sample_weight > 0)
            if counts.any():
                self.statistics_[number] = statistic(column[counts], sample_weight[counts])
        return self


class WeightedScaler(StandardScaler):  # type: ignore[misc]
    """A `StandardScaler` that asks for the weights of the rows.

    It learns of each column by itself, in double precision: of many at once, the last digits of what it
    learns of one depend on how many others there are, and all of them are copied.
    """

    __metadata_request__fit: ClassVar[dict[str, bool | str]] = _BY_WEIGHT

    def fit(self, X: Any, y: object = None, sample_weight: Floats | None = None) -> Self:  # noqa: N803
        """Learn the mean and the deviation of each column."""
        super().fit(X if sample_weight is None else X[:2], y)  # which learns the names of the columns too
        if sample_weight is None:
            return self
        parts = [
            StandardScaler(with_mean=self.with_mean, with_std=self.with_std).fit(
                column[:, np.newaxis], sample_weight=sample_weight
            )
            for column in _columns(X)
        ]
        for name in ("mean_", "var_", "scale_"):
            of_parts = [getattr(part, name) for part in parts]
            setattr(self, name, None if of_parts[0] is None else np.concatenate(of_parts))
        n_seen = np.array([part.n_samples_seen_ for part in parts]).ravel()
        self.n_samples_seen_ = n_seen[0] if (n_seen == n_seen[0]).all() else n_seen
        return self


def _columns(table: Any) -> Iterator[Floats]:
    """The columns as float64, one after the other."""
    for number in range(table.shape[1]):
        column = table.iloc[:, number] if hasattr(table, "iloc") else table[:, number]
        yield np.asarray(column, dtype=np.float64)


def weighted_median(values: Floats, weights: Floats) -> float:
    """The median of the values, each counted by its weight, > 0; the mean of two if it lies between them."""
    order = np.argsort(values, kind="stable")
    values, up_to = values[order], np.cumsum(weights[order])
    half = up_to[-1] / 2
    place = int(np.searchsorted(up_to, half))
    return float(values[place : place + 2].mean() if up_to[place] == half else values[place])


def _mean(values: Floats, weights: Floats) -> float:
    return float(np.average(values, weights=weights))


def _most_frequent(values: Floats, weights: Floats) -> float:
    different, codes = np.unique(values, return_inverse=True)
    return float(different[np.bincount(codes, weights=weights).argmax()])


_STATISTICS = {"median": weighted_median, "mean": _mean, "most_frequent": _most_frequent}
