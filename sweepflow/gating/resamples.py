"""Metrics over resamples of the rows, in which rows that belong together are drawn together."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sweepflow.gating.pair import Pair
from sweepflow.metrics import Counts, Metric, Scorer, Values
from sweepflow.metrics.units import Units, drawn_counts, effective_number

_N_RESAMPLES = 2000
_MAX_COUNTS = 2_000_000  # 16 MB
_SMALL_CLASS = 20  # rows: one resample in 500 million has none of such a class
_MANY_ALIKE = 100
"""From so many rows for each distinct one on, their counts are drawn: it takes longer to draw the rows."""

Rows = NDArray[np.intp]


class CountedRows(NamedTuple):
    """Rows of which some are alike, counted by distinct row."""

    cell_of_row: Rows
    """The number of each row among the distinct ones."""
    units: Units
    within: list[Rows]
    """The rows that are resampled by themselves, if each is a unit that weighs 1."""

    @property
    def n_cells(self) -> int:
        """How many distinct rows there are."""
        return int(self.cell_of_row.max()) + 1

    @property
    def are_alike(self) -> bool:
        """Whether there are so many rows of each kind that their counts are drawn, and not the rows."""
        is_plain = self.units.are_plain and len(self.within) == 1
        return is_plain and len(self.cell_of_row) >= _MANY_ALIKE * self.n_cells

    @property
    def all(self) -> Counts:
        """What the rows of each kind weigh together, shape (1, distinct rows)."""
        return np.bincount(self.cell_of_row, self.units.weight, self.n_cells)[np.newaxis]

    def drawn(self, n_resamples: int, generator: np.random.Generator) -> Counts:
        """The same in each resample, shape (resamples, distinct rows)."""
        if not self.units.are_plain:
            # A metric without weights needs whole counts.
            once = np.ones(len(self.cell_of_row), dtype=np.intp)
            weights = once if self.units.weight is None else self.units.weight
            by_unit = sparse.csr_matrix(
                (weights, (self.cell_of_row, self.units.of_row)), (self.n_cells, self.units.n)
            )
            return np.asarray((by_unit @ drawn_counts(self.units.n, n_resamples, generator).T).T)
        if self.are_alike:
            shares = np.bincount(self.cell_of_row) / len(self.cell_of_row)
            return generator.multinomial(len(self.cell_of_row), shares, n_resamples)
        drawn = [rows[generator.integers(len(rows), size=(n_resamples, len(rows)))] for rows in self.within]
        at_row = self.n_cells * np.arange(n_resamples)[:, np.newaxis]
        places = self.cell_of_row[np.concatenate(drawn, axis=1)] + at_row
        counts = np.bincount(places.ravel(), minlength=self.n_cells * n_resamples)
        return counts.reshape(n_resamples, self.n_cells)


def distinct_rows(predictions: Pair, metric: Metric) -> tuple[Pair, Rows]:
    """The distinct rows, and the number of each row among them; only labels repeat often enough for that.

    They are in the order in which they come, which is the same if the models are exchanged.
    """
    if metric.kind != "labels":
        return predictions, np.arange(len(predictions.truth))
    rows = np.stack(predictions)
    distinct, first, cell_of_row = np.unique(rows, axis=1, return_index=True, return_inverse=True)
    order = np.argsort(first)
    return Pair(*distinct[:, order]), np.argsort(order)[cell_of_row.reshape(-1)]


def scores_on_resamples(
    rows: CountedRows, scorers: tuple[Scorer, ...], generator: np.random.Generator
) -> list[Values]:
    """The value that each scorer gives on each of the same resamples; NaN where the metric is not defined."""
    batches: list[list[Values]] = []
    n_drawn = rows.n_cells if rows.are_alike else len(rows.cell_of_row)
    batch_size = max(1, _MAX_COUNTS // n_drawn)
    for start in range(0, _N_RESAMPLES, batch_size):
        counts = rows.drawn(min(batch_size, _N_RESAMPLES - start), generator)
        batches.append([scorer(counts) for scorer in scorers])
    return [np.concatenate(values) for values in zip(*batches, strict=True)]


def row_groups(predictions: Pair, metric: Metric, units: Units) -> list[Rows]:
    """The rows to resample by themselves: all together, or each class if a small one might be missing.

    A metric of labels, or one that is a mean over rows, is defined without any rows of a class.
    """
    is_defined = metric.is_mean or metric.kind in ("numbers", "labels", "values")
    if is_defined or not units.are_plain or _smallest_class(predictions, units) >= _SMALL_CLASS:
        return [np.arange(len(predictions.truth))]
    return [np.flatnonzero(predictions.truth == label) for label in np.unique(predictions.truth)]


def sample_size(predictions: Pair, metric: Metric, units: Units, counted: NDArray[np.bool_]) -> int:
    """The sample size of these rows: for a metric that is no mean, at most that of the smallest class."""
    size = _size(units, counted)
    if metric.kind in ("numbers", "values") or metric.is_mean:
        return size
    return min(size, _smallest_class(predictions, units))


def _smallest_class(predictions: Pair, units: Units) -> int:
    return min(_size(units, predictions.truth == label) for label in np.unique(predictions.truth))


def _size(units: Units, counted: NDArray[np.bool_]) -> int:
    """How many rows are counted, or how many units of about equal weight they are."""
    if units.are_plain:
        return int(counted.sum())
    return round(effective_number(units.totals(counted)))
