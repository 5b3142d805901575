"""The probability from which on a model of two classes answers the positive one, chosen by a metric."""

import warnings
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags, get_tags
from sklearn.utils.metaestimators import available_if

from sweepflow.data.labels import Label
from sweepflow.data.prepared import PreparedData
from sweepflow.metrics import Metric
from sweepflow.trials.objective import Objective

_MOST_TRIED = 200
_USUAL = 0.5


class ThresholdClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier of two classes that answers the positive one from this probability on."""

    def __init__(self, classifier: Any, threshold: float, positive_label: Label | None) -> None:
        self.classifier = classifier
        self.threshold = threshold
        self.positive_label = positive_label

    def fit(self, X: Any, y: Any, **parameters: Any) -> Self:  # noqa: N803
        """Fit the classifier; the threshold stays."""
        self.classifier.fit(X, y, **parameters)
        return self

    @property
    def classes_(self) -> NDArray[Any]:
        """The classes in the order of the columns of `predict_proba`."""
        return np.asarray(self.classifier.classes_)

    def predict_proba(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """The probability of each class."""
        return np.asarray(self.classifier.predict_proba(X))

    @available_if(lambda self: hasattr(self.classifier, "decision_function"))  # type: ignore[untyped-decorator]
    def decision_function(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """The classifier's own scores."""
        return np.asarray(self.classifier.decision_function(X))

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """The class of each row."""
        classes = self.classes_.tolist()
        if len(classes) != 2 or self.positive_label not in classes:  # the training rows lacked one
            return np.asarray(self.classifier.predict(X))
        place = classes.index(self.positive_label)
        is_positive = self.predict_proba(X)[:, place] >= self.threshold
        return np.asarray(self.classes_[np.where(is_positive, place, 1 - place)])

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self.classifier, "classes_")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags = get_tags(self.classifier).input_tags
        return tags


def positive_probability(model: Any, features: Any, data: PreparedData) -> NDArray[np.float64]:
    """The probability of the positive class; 0 where the model does not know that class."""
    classes = list(model.classes_)
    if data.positive_label not in classes:
        return np.zeros(len(features))
    return np.asarray(model.predict_proba(features), dtype=float)[:, classes.index(data.positive_label)]


def best_threshold(
    probability: NDArray[np.float64],
    is_positive: NDArray[np.bool_],
    objective: Objective,
    weight: NDArray[np.float64] | None,
) -> float:
    """The threshold by which the objective's metric is best; of several such the one nearest to 0.5.

    Those tried lie half way between neighbouring probabilities, 200 of them at most.
    """
    known = np.unique(probability)
    between = (known[1:] + known[:-1]) / 2
    if len(between) > _MOST_TRIED:
        between = np.quantile(between, np.linspace(0, 1, _MOST_TRIED))
    tried = sorted({_USUAL, *between.tolist()}, key=lambda threshold: abs(threshold - _USUAL))
    metric, truth = Metric(objective.primary_metric), is_positive.astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a precision where nothing is positive
        values = [metric.of_rows(truth, (probability >= each).astype(int), weight) for each in tried]
    known_values = {each: value for each, value in zip(tried, values, strict=True) if np.isfinite(value)}
    return max(known_values, key=lambda each: objective.score(known_values[each]), default=_USUAL)
