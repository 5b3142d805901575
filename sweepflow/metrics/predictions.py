"""A model's predictions for some rows, recorded so that no row is predicted twice."""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import ClassifierTags, RegressorTags, Tags
from sklearn.utils.metaestimators import available_if

from sweepflow.data.labels import Label
from sweepflow.data.mapped_files import let_go_of_read_pages
from sweepflow.data.prepared import PreparedData
from sweepflow.metrics import Kind, Metric
from sweepflow.metrics.compatibility import AnswerError, check_answers, data_for_metric, one_column

Rows = NDArray[np.intp]

COMPARES_NUMBERS = (
    "it compares numbers, and the target holds classes: name a metric of classes, such as accuracy"
)


_MOST_AT_ONCE = 50_000
"""Raw rows that a model predicts together."""


class Predictions(BaseEstimator):  # type: ignore[misc]
    """A fitted model's predictions for some rows, in the form of an estimator.

    Its "features" are row numbers, so that a scorer can score any rows without predicting again.
    A two-class target is encoded as 1 for the positive label and 0 for the other one, because scorers
    such as f1 know no other positive label than 1.
    """

    def __init__(self, model: Any, features: Any, data: PreparedData) -> None:
        self.model = model
        self.features = features
        self.data = data

    @property
    def classes_(self) -> NDArray[Any]:
        """The labels in the order of the columns of `predict_proba`; AttributeError for a regressor."""
        if self.data.labels is None:
            raise AttributeError("a regressor has no classes_")
        return np.array([0, 1]) if self._is_encoded else as_target(self.data.labels)

    def encode(self, target: Any) -> NDArray[Any]:
        """The true values, encoded for the scorers."""
        values = np.asarray(target)
        return (values == self.data.positive_label).astype(int) if self._is_encoded else values

    def method_for(self, kind: Kind) -> str | None:
        """The method that a metric of that kind calls; None if the model does not have it."""
        if kind in ("labels", "numbers", "values"):
            return "predict"
        methods = ("predict_proba",) if kind == "probabilities" else ("decision_function", "predict_proba")
        return next((name for name in methods if hasattr(self, name)), None)

    def predict(self, rows: Rows) -> NDArray[Any]:
        """The predicted values of these rows."""
        return self._predicted[rows]

    @available_if(lambda self: hasattr(self.model, "predict_proba"))  # type: ignore[untyped-decorator]
    def predict_proba(self, rows: Rows) -> NDArray[Any]:
        """The probability of each class, shape (rows, classes)."""
        return self._probabilities[rows]

    @available_if(lambda self: hasattr(self.model, "decision_function"))  # type: ignore[untyped-decorator]
    def decision_function(self, rows: Rows) -> NDArray[Any]:
        """The confidence scores; greater means the positive label where there are two classes."""
        return self._decisions[rows]

    @property
    def _is_encoded(self) -> bool:
        return self.data.positive_label is not None

    @property
    def _model_classes(self) -> Any:
        return getattr(self.model, "classes_", self.data.labels)

    @property
    def _columns(self) -> list[int | None]:
        """The model's column for each class of `classes_`; None for a class that the model does not know."""
        labels = self.data.labels or ()
        if self._is_encoded:
            labels = tuple(sorted(labels, key=lambda label: label == self.data.positive_label))
        known = {label: place for place, label in enumerate(self._model_classes)}
        return [known.get(label) for label in labels]

    def _by_class(self, table: NDArray[Any], missing: Any) -> NDArray[Any]:
        """The columns in the order of `classes_`; `missing` for a class that the model does not know."""
        if table.ndim != 2 or table.shape[1] != len(self._model_classes):
            n_columns = table.shape[1] if table.ndim == 2 else 1
            known = f"{len(self._model_classes)} classes"
            raise AnswerError(f"the model gives {n_columns} scores a row for {known}: one for each is needed")
        if table.dtype.kind == "f":  # in double precision, probabilities in single add up to 1 no more
            missing = table.dtype.type(missing)
        columns = [missing if place is None else table[:, place] for place in self._columns]
        return np.column_stack([np.broadcast_to(column, len(table)) for column in columns])

    def check(self, kind: Kind, name: str = "model") -> None:
        """Raise AnswerError if a metric of that kind cannot compare the predictions with the target."""
        predicted = self._answers if hasattr(self.model, "predict") else None
        check_answers(self.model, predicted, len(self.features), self.data, kind, name)
        if kind == "numbers" and not are_own_numbers(self.data):
            raise AnswerError(COMPARES_NUMBERS)

    def data_for(self, metric: Metric) -> PreparedData:
        """The data for this metric; see `data_for_metric`."""
        predicted = self._answers if hasattr(self.model, "predict") else None
        return data_for_metric(self.data, metric, self.model, predicted)

    def _said(self, method: str) -> Any:
        """What the model says of all rows; of many raw ones batch by batch, as its preprocessing copies them.

        A model of other making gets all rows at once: what it says of a row may depend on the others.
        """
        say = getattr(self.model, method)
        is_ours = "preprocess" in getattr(self.model, "named_steps", {})
        if not is_ours or (n_rows := len(self.features)) <= _MOST_AT_ONCE:
            return say(self.features)
        said = []
        for start in range(0, n_rows, _MOST_AT_ONCE):
            said.append(say(self.features[start : start + _MOST_AT_ONCE]))
            let_go_of_read_pages()
        return np.concatenate(said)

    @cached_property
    def _answers(self) -> NDArray[Any]:
        return one_column(self._said("predict"), self.data)

    @cached_property
    def _predicted(self) -> NDArray[Any]:
        return self.encode(self._answers)

    @cached_property
    def _probabilities(self) -> NDArray[Any]:
        return self._by_class(np.asarray(self._said("predict_proba")), missing=0.0)

    @cached_property
    def _decisions(self) -> NDArray[Any]:
        scores = np.asarray(self._said("decision_function"))
        if self._is_encoded:
            if scores.size != len(scores):
                raise AnswerError(f"the model's decision_function gives {scores.shape} for two classes")
            return -scores.ravel() if self._columns == [1, 0] else scores.ravel()
        if scores.ndim == 1:  # the training rows held only two classes
            scores = np.column_stack([-scores, scores])
        return self._by_class(scores, missing=scores.min(axis=1) - 1)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        is_classifier = self.data.is_classification
        tags.estimator_type = "classifier" if is_classifier else "regressor"
        tags.classifier_tags = ClassifierTags() if is_classifier else None
        tags.regressor_tags = None if is_classifier else RegressorTags()
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        return True


def as_target(labels: tuple[Label, ...]) -> NDArray[Any]:
    """The labels as the values of a target, text as Python strings."""
    return np.array(labels, dtype=object if isinstance(labels[0], str) else None)


def are_own_numbers(data: PreparedData) -> bool:
    """Whether metrics of numbers get the target's own numbers, though two classes are encoded as 0 and 1."""
    if data.labels is None:
        return True
    labels = data.labels
    is_number = all(isinstance(label, int | float) and not isinstance(label, bool) for label in labels)
    return is_number and (data.positive_label is None or (labels, data.positive_label) == ((0, 1), 1))
