"""A random forest for regression on a small table, without the second and 80 MB of importing scikit-learn.

Breiman (2001), Random Forests, with all columns at every split. Each tree is grown level by level, all trees
at once, on columns that are divided into at most `_MOST_BINS` bins.
"""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

_N_TREES = 100
_TREES_AT_ONCE = 10
"""Bounds the memory that growing takes."""
_MOST_BINS = 32
_DEPTH = 9
_FEWEST = 2
"""The fewest different rows on either side of a split."""
_LEAST_GAIN = 1e-9


class Forest(NamedTuple):
    """A fitted forest, and how well it explains what it was fitted to."""

    edges: list[Floats]
    """Between which values each column is divided."""
    columns: Whole
    """The column at which each node of each tree divides its rows; -1 where it does not."""
    cuts: Whole
    """The last bin that goes to the left."""
    values: Floats
    """The mean in each node; the children of node k are 2k + 1 and 2k + 2."""
    explained: float
    """R² of the predictions for each row by the trees that have not seen it."""

    @classmethod
    def fitted(cls, table: Floats, target: Floats, seed: int) -> Self:
        """The forest for the table's rows; the target must not be the same in all of them."""
        edges = [_edges(column) for column in table.T]
        bins = _bins(table, edges)
        generator = np.random.default_rng(seed)
        draws = generator.multinomial(len(target), np.full(len(target), 1 / len(target)), size=_N_TREES)
        center = target.mean()
        parts = [
            _grown(bins, target - center, draws[first : first + _TREES_AT_ONCE].astype(float))
            for first in range(0, _N_TREES, _TREES_AT_ONCE)
        ]
        columns, cuts, values, ends = (np.concatenate(part) for part in zip(*parts, strict=True))
        predicted = np.take_along_axis(values, ends, axis=1)
        unseen = draws == 0
        n_unseen = unseen.sum(axis=0)
        known = n_unseen > 0
        error = (predicted * unseen).sum(axis=0)[known] / n_unseen[known] - (target - center)[known]
        explained = 1 - float(np.mean(error**2) / np.var(target[known])) if known.any() else 0.0
        return cls(edges, columns, cuts, values + center, explained)

    def predict(self, table: Floats) -> Floats:
        """The mean of the trees' predictions for each row."""
        bins, total = _bins(table, self.edges), np.zeros(len(table))
        for columns, cuts, values in zip(self.columns, self.cuts, self.values, strict=True):
            nodes = np.zeros((1, len(table)), dtype=np.int64)
            for _ in range(_DEPTH):
                nodes = _sent_on(bins, nodes, columns[None], cuts[None])
            total += values[nodes[0]]
        return total / len(self.columns)


def _edges(column: Floats) -> Floats:
    """The upper ends of the column's bins but the last: between its values, if they are few."""
    distinct = np.unique(column)
    if len(distinct) > _MOST_BINS:
        distinct = np.unique(np.quantile(column, np.linspace(0, 1, _MOST_BINS)))
    middles: Floats = distinct[:-1] / 2 + distinct[1:] / 2
    return middles


def _bins(table: Floats, edges: list[Floats]) -> Whole:
    return np.array(
        [np.searchsorted(ends, column) for ends, column in zip(edges, table.T, strict=True)], dtype=np.int64
    )


def _sent_on(bins: Whole, nodes: Whole, columns: Whole, cuts: Whole) -> Whole:
    """The nodes to which each row goes from where it is, in each tree; it stays where nothing is divided."""
    column = np.take_along_axis(columns, nodes, axis=1)
    is_right = bins[column, np.arange(bins.shape[1])] > np.take_along_axis(cuts, nodes, axis=1)
    return np.where(column < 0, nodes, 2 * nodes + 1 + is_right)


def _grown(bins: Whole, target: Floats, draws: Floats) -> tuple[Whole, Whole, Floats, Whole]:
    """Trees on the rows that were drawn for each: columns, cuts, values, and where each row ends."""
    n_trees, n_rows = draws.shape
    columns = np.full((n_trees, 2 ** (_DEPTH + 1) - 1), -1)
    cuts, values = np.zeros_like(columns), np.zeros(columns.shape)
    nodes = np.zeros((n_trees, n_rows), dtype=np.int64)
    for depth in range(_DEPTH + 1):
        first, n_nodes = 2**depth - 1, 2**depth
        here = slice(first, first + n_nodes)
        is_here = nodes >= first
        is_drawn = is_here & (draws > 0)
        places = (np.arange(n_trees)[:, None] * n_nodes + nodes - first)[is_drawn]
        rows = np.broadcast_to(np.arange(n_rows), nodes.shape)[is_drawn]
        weights = draws[is_drawn]
        sums = _Sums(places, weights, weights * target[rows], n_trees * n_nodes)
        values[:, here] = (sums.totals / np.maximum(sums.counts, 1)).reshape(n_trees, n_nodes)
        if depth == _DEPTH or not len(rows):
            break
        best = np.full(n_trees * n_nodes, _LEAST_GAIN)
        for index, column in enumerate(bins):
            gain, cut = sums.best_cut(column[rows])
            is_better = gain > best
            best = np.where(is_better, gain, best)
            columns[:, here][is_better.reshape(n_trees, n_nodes)] = index
            cuts[:, here][is_better.reshape(n_trees, n_nodes)] = cut[is_better]
        nodes = np.where(is_here, _sent_on(bins, nodes, columns, cuts), nodes)
    return columns, cuts, values, nodes


class _Sums:
    """The rows of the nodes of one level, and what their targets add up to."""

    def __init__(self, places: Whole, weights: Floats, weighted: Floats, n: int) -> None:
        self.counts = np.bincount(places, weights, n)
        self.totals = np.bincount(places, weighted, n)
        self._places, self._weights, self._weighted, self._n = places, weights, weighted, n

    def best_cut(self, column: Whole) -> tuple[Floats, Whole]:
        """By how much the best cut of a column lowers the squared error in each node, and that cut."""
        n_bins = int(column.max()) + 1
        keys, shape = self._places * n_bins + column, (self._n, n_bins)
        left = np.bincount(keys, self._weights, self._n * n_bins).reshape(shape).cumsum(axis=1)
        n_left = np.bincount(keys, minlength=self._n * n_bins).reshape(shape).cumsum(axis=1)
        left_total = np.bincount(keys, self._weighted, self._n * n_bins).reshape(shape).cumsum(axis=1)
        right, right_total = self.counts[:, None] - left, self.totals[:, None] - left_total
        gains = left_total**2 / np.maximum(left, 1) + right_total**2 / np.maximum(right, 1)
        gains[(n_left < _FEWEST) | (n_left[:, -1:] - n_left < _FEWEST)] = 0.0
        cuts = gains.argmax(axis=1)
        best = np.take_along_axis(gains, cuts[:, None], axis=1)[:, 0]
        # Amid the bins, as the case may be, in which a tree has seen no row.
        n_alike = (n_left == np.take_along_axis(n_left, cuts[:, None], axis=1)).sum(axis=1)
        cuts += (n_alike - 1) // 2
        return best - self.totals**2 / np.maximum(self.counts, 1), cuts
