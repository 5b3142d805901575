"""In what proportion estimators are blended: by their predictions for rows that they have not learned from.

The mean of several kinds of estimators is mostly as good as the best of them or better, and above all it is
not behind where rows by chance spoke for another one. The proportion is found by adding, one after the other,
the estimator with which the mean is best, again and again (Caruana et al., Ensemble selection from libraries
of models, ICML 2004).
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sweepflow.data.labels import Label
from sweepflow.metrics.predictions import as_target

Predicted = NDArray[np.float64]
"""Of rows held out: numbers, or the probability of each class, shape (rows, classes)."""

_MOST_SHARES = 8
"""So fine is the proportion: with more, it follows the chance of the rows that are held out."""


def proportion(predicted: Sequence[Predicted], score: Callable[[Predicted], float]) -> list[int]:
    """How often each estimator counts in the best mean that was found; the greater a score, the better.

    An estimator that does not help counts 0 times; the least of the weights that do count is as small as it
    can be.
    """
    sums = np.zeros_like(predicted[0])
    weights, best_weights, best = [0] * len(predicted), [0] * len(predicted), -np.inf
    for n in range(1, _MOST_SHARES + 1):
        values = [score((sums + each) / n) for each in predicted]
        chosen = int(np.argmax(values))
        weights[chosen] += 1
        sums = sums + predicted[chosen]
        if values[chosen] > best:
            best, best_weights = values[chosen], list(weights)
    divisor = int(np.gcd.reduce(best_weights))
    return [weight // divisor for weight in best_weights]


class Answers:
    """Predictions in the form of a fitted model, which answers with them whatever it is asked about."""

    def __init__(self, predicted: Predicted, labels: tuple[Label, ...] | None) -> None:
        self._predicted = predicted
        if labels is not None:
            self.classes_ = as_target(labels)

    def predict(self, features: object) -> NDArray[Any]:  # noqa: ARG002
        """The numbers, or the classes that are most probable."""
        if self._predicted.ndim == 1:
            return self._predicted
        answers: NDArray[Any] = self.classes_[self._predicted.argmax(axis=1)]
        return answers

    def predict_proba(self, features: object) -> Predicted:  # noqa: ARG002
        """The probability of each class."""
        return self._predicted
