"""A model that was fitted on the numbers of classes, and predicts their labels."""

from collections.abc import Iterable, Mapping, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.metaestimators import available_if

from sweepflow.errors import TrialError


class LabelledModel(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Wraps a fitted model that predicts 0, 1, ...; it predicts the labels with these indexes.

    Model files name this class by its path, so it stays here. The columns of `predict_proba` and
    `decision_function` are in the order of `classes_`.
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
        """The columns that the model was fitted on; AttributeError if it does not record them."""
        return self.model.feature_names_in_

    def predict(self, features: Any) -> NDArray[Any]:
        """The label of each row."""
        indexes = np.asarray(self.model.predict(features))
        return self._labels_at(indexes[:, 0] if indexes.ndim == 2 and indexes.shape[1] == 1 else indexes)

    @available_if(lambda self: hasattr(self.model, "predict_proba"))  # type: ignore[untyped-decorator]
    def predict_proba(self, features: Any) -> NDArray[Any]:
        """The probability of each class."""
        return np.asarray(self.model.predict_proba(features))

    @available_if(lambda self: hasattr(self.model, "decision_function"))  # type: ignore[untyped-decorator]
    def decision_function(self, features: Any) -> NDArray[Any]:
        """The confidence scores."""
        return np.asarray(self.model.decision_function(features))

    def _labels_at(self, indexes: NDArray[Any]) -> NDArray[Any]:
        class_numbers = np.unique(indexes).tolist()
        if any(index not in range(len(self.labels)) for index in class_numbers):
            numbers = f"the labels have the numbers 0 to {len(self.labels) - 1}"
            raise TrialError(f"with_labels: the model answers {_listed(class_numbers)}, but {numbers}")
        table = np.array(self.labels, dtype=object if isinstance(self.labels[0], str) else None)
        return np.asarray(table[indexes.astype(int)])

    def __sklearn_is_fitted__(self) -> bool:
        return True


def with_labels(model: Any, labels: Iterable[Any]) -> LabelledModel:
    """A model fitted on the numbers 0, 1, ..., wrapped so that it predicts the labels.

    `labels` are in the order of their numbers, as in `LabelEncoder().classes_`. TrialError if they have no
    order, one occurs twice, or the model has a class without a label.
    """
    if not isinstance(labels, Iterable) or isinstance(labels, Mapping | Set):
        actual = f"got a {type(labels).__name__}"
        raise TrialError(f"with_labels: the labels must be a list, as LabelEncoder().classes_ is, {actual}")
    array = np.asarray(labels if isinstance(labels, np.ndarray) else list(labels))
    if array.ndim != 1:
        actual = f"got {array.ndim} dimensions"
        raise TrialError(
            f"with_labels: the labels must be one list, as OrdinalEncoder().categories_[0], {actual}"
        )
    listed = array.tolist()
    if len(set(listed)) < max(len(listed), 2):
        raise TrialError(f"with_labels: the labels must be two or more, each one once, got {_listed(listed)}")
    labelled = LabelledModel(model, listed)
    labelled.classes_  # noqa: B018  raises if a class has no label
    return labelled


def _listed(values: list[Any]) -> str:
    return ", ".join([repr(value) for value in values[:6]] + ["..."] * (len(values) > 6))
