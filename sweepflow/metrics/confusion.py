"""Metrics of a confusion matrix over many resamples of the rows at once.

Truth and predictions are numbers of classes; counts, shape (resamples, rows), tell how often each row is in
each resample. Where nothing is counted, a ratio is 0, as in scikit-learn.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sweepflow.metrics.ranking import Counts, Scorer, Values


class Confusion(NamedTuple):
    """For each resample and class: rows of it, rows predicted to be of it, and rows that are both."""

    true: Values
    guessed: Values
    hits: Values


Ratio = Callable[[Confusion], Values]
Average = Callable[[Confusion, Values], Values]


def scorer(ratio: Ratio, average: Average, truth: NDArray[Any], predicted: NDArray[Any]) -> Scorer:
    """A function of counts that gives the average of the classes' ratios."""
    classes = np.arange(max(truth.max(), predicted.max()) + 1)
    is_true, is_guessed = ((codes[:, np.newaxis] == classes) * 1.0 for codes in (truth, predicted))

    def values(counts: Counts) -> Values:
        found = Confusion(counts @ is_true, counts @ is_guessed, counts @ (is_true * is_guessed))
        return average(found, ratio(found))

    return values


def _share(part: Values, whole: Values) -> Values:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _macro(found: Confusion, ratios: Values) -> Values:
    """The mean over the classes that occur."""
    occurs = found.true + found.guessed > 0
    return np.asarray((ratios * occurs).sum(axis=1) / occurs.sum(axis=1))


def _macro_of_true(found: Confusion, ratios: Values) -> Values:
    occurs = found.true > 0
    return np.asarray((ratios * occurs).sum(axis=1) / occurs.sum(axis=1))


def _weighted(found: Confusion, ratios: Values) -> Values:
    return np.asarray((ratios * found.true).sum(axis=1) / found.true.sum(axis=1))


def _positive(_: Confusion, ratios: Values) -> Values:
    return ratios[:, 1]


_RATIOS: dict[str, Ratio] = {
    "precision": lambda found: _share(found.hits, found.guessed),
    "recall": lambda found: _share(found.hits, found.true),
    "f1": lambda found: _share(2 * found.hits, found.true + found.guessed),
    "jaccard": lambda found: _share(found.hits, found.true + found.guessed - found.hits),
}
OF_TWO_CLASSES: dict[str, tuple[Ratio, Average]] = {
    name: (ratio, _positive) for name, ratio in _RATIOS.items()
}
OF_ANY_CLASSES: dict[str, tuple[Ratio, Average]] = {
    **{f"{name}_macro": (ratio, _macro) for name, ratio in _RATIOS.items()},
    **{f"{name}_weighted": (ratio, _weighted) for name, ratio in _RATIOS.items()},
    "balanced_accuracy": (_RATIOS["recall"], _macro_of_true),
}
