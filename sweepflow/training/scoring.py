"""Scikit-learn's scorers, applied to recorded predictions so that no row is predicted twice."""

import warnings
from collections.abc import Iterable
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils import ClassifierTags, RegressorTags, Tags
from sklearn.utils.metaestimators import available_if

from sweepflow.data import Label, PreparedData
from sweepflow.resampling import Kind, Metric, Scorer, Values
from sweepflow.scorers import scorer_named
from sweepflow.training.answers import AnswerError, check_answers, for_metric, one_column

Rows = NDArray[np.intp]
COMPARES_NUMBERS = (
    "it compares numbers, and the target holds classes: name a metric of classes, such as accuracy"
)

_MOST_RESAMPLES, _LEAST_RESAMPLES, _ROWS_TO_RESAMPLE = 1000, 100, 2_000_000


class Interval(NamedTuple):
    """A metric's value, and the bounds of its 95 % confidence interval."""

    value: float
    low: float
    high: float


class Measured(NamedTuple):
    """The metrics by name that could be computed, and a note on each of the others."""

    values: dict[str, float]
    notes: tuple[str, ...]


class Predictions(BaseEstimator):  # type: ignore[misc]
    """A fitted model's answers for some rows, in the guise of an estimator.

    Its "features" are row numbers, so a scorer can score any sample of the rows without predicting again.
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
        """The true values as the scorers are to see them."""
        values = np.asarray(target)
        return (values == self.data.positive_label).astype(int) if self._is_encoded else values

    def method_for(self, kind: Kind) -> str | None:
        """What a metric of that kind calls, as scorers do; None if the model has no such method."""
        if kind in ("labels", "numbers"):
            return "predict"
        wanted = ("predict_proba",) if kind == "probabilities" else ("decision_function", "predict_proba")
        return next((name for name in wanted if hasattr(self, name)), None)

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
        """For each class, in the order of `classes_`, the model's column of it; None if it knows no such."""
        labels = self.data.labels or ()
        if self._is_encoded:
            labels = tuple(sorted(labels, key=lambda label: label == self.data.positive_label))
        known = {label: place for place, label in enumerate(self._model_classes)}
        return [known.get(label) for label in labels]

    def _by_class(self, table: NDArray[Any], missing: Any) -> NDArray[Any]:
        """The columns in the order of `classes_`; of a class that the training rows lacked, `missing`."""
        if table.ndim != 2 or table.shape[1] != len(self._model_classes):
            n_columns = table.shape[1] if table.ndim == 2 else 1
            known = f"{len(self._model_classes)} classes"
            raise AnswerError(f"the model gives {n_columns} scores a row for {known}: one for each is needed")
        columns = [missing if place is None else table[:, place] for place in self._columns]
        return np.column_stack([np.broadcast_to(column, len(table)) for column in columns])

    def check(self, kind: Kind, name: str = "model") -> None:
        """Raise AnswerError if a metric of that kind would compare answers and target of two sorts."""
        predicted = self._answers if hasattr(self.model, "predict") else None
        check_answers(self.model, predicted, len(self.features), self.data, kind, name)
        if kind == "numbers" and not are_own_numbers(self.data):
            raise AnswerError(COMPARES_NUMBERS)

    def seen_by(self, metric: Metric) -> PreparedData:
        """The data as that metric sees it, as by `for_metric`."""
        predicted = self._answers if hasattr(self.model, "predict") else None
        return for_metric(self.data, metric, self.model, predicted)

    @cached_property
    def _answers(self) -> NDArray[Any]:
        return one_column(self.model.predict(self.features), self.data)

    @cached_property
    def _predicted(self) -> NDArray[Any]:
        return self.encode(self._answers)

    @cached_property
    def _probabilities(self) -> NDArray[Any]:
        return self._by_class(np.asarray(self.model.predict_proba(self.features)), missing=0.0)

    @cached_property
    def _decisions(self) -> NDArray[Any]:
        scores = np.asarray(self.model.decision_function(self.features))
        if self._is_encoded:
            if scores.size != len(scores):
                raise AnswerError(f"the model's decision_function gives {scores.shape} for two classes")
            return -scores.ravel() if self._columns == [1, 0] else scores.ravel()
        if scores.ndim == 1:  # of two classes, where the training rows had no more
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


class Scoreboard:
    """Scores a fitted model on fixed rows, by any name of `sweepflow.scorers`."""

    def __init__(self, model: Any, features: Any, target: Any, data: PreparedData) -> None:
        self._predictions = Predictions(model, features, data)
        self._target = self._predictions.encode(target)
        self._all_rows = np.arange(len(self._target))

    def value(self, metric: str, rows: Rows | None = None) -> float:
        """The metric over these row numbers, or over all; ValueError where it does not apply."""
        chosen = self._all_rows if rows is None else rows
        return float(self._scorer(metric)(self._predictions, chosen, self._target[chosen]))

    def checked(self, metric: str) -> "Scoreboard":
        """The board on which that metric is to be read, which may see numbers as classes.

        AnswerError if the model's answers are of another sort than the target; ValueError if the metric
        compares classes and there are none.
        """
        self._predictions.check(Metric(metric).kind)
        seen = self._predictions.seen_by(Metric(metric))
        if seen is self._predictions.data:
            return self
        board = Scoreboard(self._predictions.model, self._predictions.features, self._target, seen)
        board._predictions.check(Metric(metric).kind)
        return board

    def _scorer(self, metric: str) -> Any:
        if self._predictions.data.labels is None:
            return scorer_named(metric)
        return Metric(metric).of_classes(self._predictions.classes_)

    def measured(self, metrics: Iterable[str]) -> Measured:
        """These metrics over all rows; one that cannot be computed costs nothing but itself."""
        values, notes = {}, []
        for metric in metrics:
            try:
                values[metric] = self.value(metric)
            except Exception as error:  # noqa: BLE001  a scorer may raise anything of a model's answers
                notes.append(not_computed(metric, self._lack(metric) or _first_line(error)))
        return Measured(values, tuple(notes))

    def _lack(self, metric: str) -> str | None:
        """What method the metric needs and the model does not have; None if that is not it."""
        kind = Metric(metric).kind
        if not self._predictions.data.is_classification or self._predictions.method_for(kind) is not None:
            return None
        model = self._predictions.model
        last = model[-1] if isinstance(model, Pipeline) else model
        return f"{type(last).__name__} has no {needed(kind)}"

    def interval(self, metric: str, seed: int) -> Interval:
        """The metric with its 95 % bootstrap percentile interval (Efron, 1979).

        1,000 resamples of the rows, within each class for a classifier; fewer, but at least 100, where
        they would come to more than two million rows.
        """
        generator = np.random.default_rng(seed)
        n_resamples = int(
            np.clip(_ROWS_TO_RESAMPLE // len(self._all_rows), _LEAST_RESAMPLES, _MOST_RESAMPLES)
        )
        value = self.value(metric)
        if not np.isfinite(value):
            return Interval(value, np.nan, np.nan)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of metrics that some of the resamples leave undefined
            resamples = (self._resample(generator) for _ in range(n_resamples))
            low, high = np.nanpercentile(self._values(metric, resamples), [2.5, 97.5])
        return Interval(value, float(low), float(high))

    def _values(self, metric: str, resamples: Iterable[Rows]) -> Values:
        """The metric on each resample; all at once where that is known how, else one after the other."""
        score = self._at_once(Metric(metric))
        if score is None:
            return np.array([self.value(metric, rows) for rows in resamples])
        n_rows = len(self._all_rows)
        return score(np.stack([np.bincount(rows, minlength=n_rows) for rows in resamples]))

    def _at_once(self, metric: Metric) -> Scorer | None:
        method = self._predictions.method_for(metric.kind)
        if method is None:
            return None
        predicted = np.asarray(getattr(self._predictions, method)(self._all_rows))
        if metric.kind == "numbers":
            return metric.at_once(self._target, predicted)
        classes = list(self._predictions.classes_)
        codes = {label: code for code, label in enumerate(classes)}
        if metric.kind == "labels":
            predicted = np.array([codes.get(label, -1) for label in predicted])
        elif len(classes) == 2:
            predicted = predicted.reshape(len(predicted), -1)[:, -1]
        truth = np.array([codes.get(label, -1) for label in self._target])
        is_known = truth.min() >= 0 and (metric.kind != "labels" or predicted.min() >= 0)
        return metric.at_once(truth, predicted) if is_known else None

    def _resample(self, generator: np.random.Generator) -> Rows:
        return np.concatenate([generator.choice(group, len(group)) for group in self._groups])

    @cached_property
    def _groups(self) -> list[Rows]:
        if not self._predictions.data.is_classification:
            return [self._all_rows]
        return [np.flatnonzero(self._target == label) for label in np.unique(self._target)]


def needed(kind: Kind) -> str:
    """The methods of which a metric of that kind needs one."""
    return {"probabilities": "predict_proba", "scores": "decision_function or predict_proba"}.get(
        kind, "predict"
    )


def has_method(kind: Kind, model: Any) -> bool:
    """Whether the model has what a metric of that kind needs."""
    return any(hasattr(model, name) for name in needed(kind).split(" or "))


def not_computed(metric: str, reason: str) -> str:
    """The note on a metric that could not be computed."""
    return f"{metric} could not be computed: {reason}"


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def as_target(labels: tuple[Label, ...]) -> NDArray[Any]:
    """The labels as a target holds them, text as Python strings."""
    return np.array(labels, dtype=object if isinstance(labels[0], str) else None)


def are_own_numbers(data: PreparedData) -> bool:
    """Whether a metric of numbers sees the target's own: two classes are made 0 and 1."""
    if data.labels is None:
        return True
    labels = data.labels
    is_number = all(isinstance(each, int | float) and not isinstance(each, bool) for each in labels)
    return is_number and (data.positive_label is None or (labels, data.positive_label) == ((0, 1), 1))
