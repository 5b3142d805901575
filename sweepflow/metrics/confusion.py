"""Metrics of a confusion matrix over many resamples of the rows at once.

Truth and predictions are class numbers from 0; counts, shape (resamples, rows), say how often each row is in
each resample. A ratio with the denominator 0 is 0, as in scikit-learn.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sweepflow.metrics.ranking import Counts, Scorer, Values


class Confusion(NamedTuple):
    """Counts of shape (resamples, classes): rows of a class, rows predicted to be of it, and rows of both."""

    true: Values
    guessed: Values
    hits: Values


Ratio = Callable[[Confusion], Values]
Average = Callable[[Confusion, Values], Values]


def scorer(ratio: Ratio, average: Average, truth: NDArray[Any], predicted: NDArray[Any]) -> Scorer:
    """The scorer that averages the classes' ratios."""
    classes = np.arange(max(truth.max(), predicted.max()) + 1)
    is_true, is_guessed = ((codes[:, np.newaxis] == classes) * 1.0 for codes in (truth, predicted))

    def values(counts: Counts) -> Values:
        confusion = Confusion(counts @ is_true, counts @ is_guessed, counts @ (is_true * is_guessed))
        return average(confusion, ratio(confusion))

    return values


def _share(part: Values, whole: Values) -> Values:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _macro(confusion: Confusion, ratios: Values) -> Values:
    """The mean over the classes that occur."""
    occurs = confusion.true + confusion.guessed > 0
    return np.asarray((ratios * occurs).sum(axis=1) / occurs.sum(axis=1))


def _macro_of_true(confusion: Confusion, ratios: Values) -> Values:
    occurs = confusion.true > 0
    return np.asarray((ratios * occurs).sum(axis=1) / occurs.sum(axis=1))


def _weighted(confusion: Confusion, ratios: Values) -> Values:
    return np.asarray((ratios * confusion.true).sum(axis=1) / confusion.true.sum(axis=1))


def _matthews(confusion: Confusion, hits: Values) -> Values:
    """The correlation of the true and the predicted classes (Gorodkin, 2004, equation 8)."""
    true, guessed = confusion.true, confusion.guessed
    n = true.sum(axis=1)
    both = n * hits.sum(axis=1) - (true * guessed).sum(axis=1)
    spread = (n**2 - (true**2).sum(axis=1)) * (n**2 - (guessed**2).sum(axis=1))
    return _share(both, np.sqrt(spread))


def _positive(_: Confusion, ratios: Values) -> Values:
    return ratios[:, 1]


_RATIOS: dict[str, Ratio] = {
    "precision": lambda confusion: _share(confusion.hits, confusion.guessed),
    "recall": lambda confusion: _share(confusion.hits, confusion.true),
    "f1": lambda confusion: _share(2 * confusion.hits, confusion.true + confusion.guessed),
    "jaccard": lambda confusion: _share(confusion.hits, confusion.true + confusion.guessed - confusion.hits),
}
OF_TWO_CLASSES: dict[str, tuple[Ratio, Average]] = {
    name: (ratio, _positive) for name, ratio in _RATIOS.items()
}
OF_ANY_CLASSES: dict[str, tuple[Ratio, Average]] = {
    **{f"{name}_macro": (ratio, _macro) for name, ratio in _RATIOS.items()},
    **{f"{name}_weighted": (ratio, _weighted) for name, ratio in _RATIOS.items()},
    "balanced_accuracy": (_RATIOS["recall"], _macro_of_true),
    "matthews_corrcoef": (lambda confusion: confusion.hits, _matthews),
}
