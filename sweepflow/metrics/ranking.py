"""Ranking metrics of two classes over many resamples of the rows at once.

Each takes the truth (1 for the positive label, else 0) and the scores, sorts them once, and gives a scorer: a
function of counts, shape (resamples, rows), which say how often each row is in each resample, times its
weight.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.intp] | NDArray[np.float64]
Values = NDArray[np.float64]
Scorer = Callable[[Counts], Values]


def roc_auc(truth: NDArray[Any], scores: NDArray[Any]) -> Scorer:
    """The share of pairs of a positive and a negative row in which the positive one has the greater score.

    Ties count half (Hanley and McNeil, 1982).
    """
    order, last = _descending(scores)

    def values(counts: Counts) -> Values:
        true, false = _cumulated(counts[:, order], truth[order], last)
        return np.asarray(np.trapezoid(true, false, axis=1) / (true[:, -1] * false[:, -1]))

    return values


def average_precision(truth: NDArray[Any], scores: NDArray[Any]) -> Scorer:
    """The precision at each threshold, weighted by the recall that it adds (as scikit-learn defines it)."""
    order, last = _descending(scores)

    def values(counts: Counts) -> Values:
        true, false = (part[:, 1:] for part in _cumulated(counts[:, order], truth[order], last))
        gained = np.diff(true, axis=1, prepend=0)
        both = true + false
        precision = np.divide(true, both, out=np.zeros(both.shape), where=both > 0)
        return np.asarray((gained * precision).sum(axis=1) / true[:, -1])

    return values


def mean_roc_auc(truth: NDArray[Any], scores: NDArray[Any]) -> Scorer:
    """The mean of `roc_auc` of each class that occurs against all others, scored by its own column."""
    scorers = [roc_auc(truth == label, scores[:, label]) for label in np.unique(truth)]
    return lambda counts: np.mean([scorer(counts) for scorer in scorers], axis=0)


def weighted_roc_auc(truth: NDArray[Any], scores: NDArray[Any]) -> Scorer:
    """The mean of `roc_auc` of each class against all others, weighted by the rows of the class."""
    labels = np.unique(truth)
    is_class = truth[:, np.newaxis] == labels
    scorers = [roc_auc(truth == label, scores[:, label]) for label in labels]

    def values(counts: Counts) -> Values:
        by_class = np.stack([scorer(counts) for scorer in scorers], axis=1)
        return np.asarray((by_class * (counts @ is_class)).sum(axis=1) / counts.sum(axis=1))

    return values


def _descending(scores: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The order of the rows by descending scores, and the last position in it of each distinct score."""
    order = np.argsort(-scores, kind="stable")
    return order, np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))


def _cumulated(
    counts: Counts, truth: NDArray[Any], last: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """How many positive and negative rows lie at or above each threshold; the first lies above all scores."""
    start = [(0, 0), (1, 0)]
    true = np.cumsum(counts * truth, axis=1)[:, last]
    both = np.cumsum(counts, axis=1)[:, last]
    return np.pad(true, start), np.pad(both - true, start)
