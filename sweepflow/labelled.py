"""A model of numbered classes, as one that answers in their labels."""

from collections.abc import Iterable, Mapping, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.metaestimators import available_if

from sweepflow.errors import TrialError


class LabelledModel(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A fitted model that answers 0, 1, ..., as one that answers the labels at those places.

    Files of models name this class, so it stays here. Columns of `predict_proba` and `decision_function` are
    in the order of `classes_`.
    """

    def __init__(self, model: Any, labels: list[Any]) -> None:
        self.model = model
        self.labels = labels

    @property
    def classes_(self) -> NDArray[Any]:
        """The labels that the model knows, in the order of its own classes."""
        known = getattr(self.model, "classes_", range(len(self.labels)))
        return self._labels_at(np.asarray(known))

    @property
    def feature_names_in_(self) -> Any:
        """The columns that the model has learned from; AttributeError if it does not say."""
        return self.model.feature_names_in_

    def predict(self, features: Any) -> NDArray[Any]:
        """The label of each row."""
        places = np.asarray(self.model.predict(features))
        return self._labels_at(places[:, 0] if places.ndim == 2 and places.shape[1] == 1 else places)

    @available_if(lambda self: hasattr(self.model, "predict_proba"))  # type: ignore[untyped-decorator]
    def predict_proba(self, features: Any) -> NDArray[Any]:
        """The probability of each class."""
        return np.asarray(self.model.predict_proba(features))

    @available_if(lambda self: hasattr(self.model, "decision_function"))  # type: ignore[untyped-decorator]
    def decision_function(self, features: Any) -> NDArray[Any]:
        """The confidence scores."""
        return np.asarray(self.model.decision_function(features))

    def _labels_at(self, places: NDArray[Any]) -> NDArray[Any]:
        given = np.unique(places).tolist()
        if any(place not in range(len(self.labels)) for place in given):
            numbers = f"the labels have the numbers 0 to {len(self.labels) - 1}"
            raise TrialError(f"with_labels: the model answers {_shown(given)}, but {numbers}")
        table = np.array(self.labels, dtype=object if isinstance(self.labels[0], str) else None)
        return np.asarray(table[places.astype(int)])

    def __sklearn_is_fitted__(self) -> bool:
        return True


def with_labels(model: Any, labels: Iterable[Any]) -> LabelledModel:
    """The model, which was fitted on the numbers 0, 1, ..., as one that answers in the labels.

    `labels` are in the order of their numbers, as in `LabelEncoder().classes_`. TrialError if they have no
    order, one is there twice, or the model knows a class that has none.
    """
    if not isinstance(labels, Iterable) or isinstance(labels, Mapping | Set):
        given = f"got a {type(labels).__name__}"
        raise TrialError(f"with_labels: the labels must be a list, as LabelEncoder().classes_ is, {given}")
    array = np.asarray(labels if isinstance(labels, np.ndarray) else list(labels))
    if array.ndim != 1:
        given = f"got {array.ndim} dimensions"
        raise TrialError(
            f"with_labels: the labels must be one list, as OrdinalEncoder().categories_[0], {given}"
        )
    listed = array.tolist()
    if len(set(listed)) < max(len(listed), 2):
        raise TrialError(f"with_labels: the labels must be two or more, each one once, got {_shown(listed)}")
    found = LabelledModel(model, listed)
    found.classes_  # noqa: B018  raises if one has no label
    return found


def _shown(values: list[Any]) -> str:
    return ", ".join([repr(value) for value in values[:6]] + ["..."] * (len(values) > 6))
