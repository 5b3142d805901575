"""Metrics of a fitted model, computed from recorded predictions so that no row is predicted twice."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from sweepflow.data.prepared import PreparedData
from sweepflow.data.roles import NO_ROLES, Roles
from sweepflow.metrics import Kind, Metric, Scorer
from sweepflow.metrics.intervals import Sample, bounds
from sweepflow.metrics.notes import not_computed
from sweepflow.metrics.own import is_own
from sweepflow.metrics.predictions import Predictions, Rows
from sweepflow.metrics.scorers import scorer_named


class Interval(NamedTuple):
    """A metric's value, and the bounds of its 95 % confidence interval."""

    value: float
    low: float
    high: float


class Measured(NamedTuple):
    """The values of metrics by name, and a note on each metric that could not be computed."""

    values: dict[str, float]
    notes: tuple[str, ...]


class Scoreboard:
    """Scores a fitted model on fixed rows, by any name of `sweepflow.metrics.scorers`.

    `roles` are those of the rows: where they have weights, each row counts as much as it weighs.
    """

    def __init__(
        self, model: Any, features: Any, target: Any, data: PreparedData, roles: Roles = NO_ROLES
    ) -> None:
        self._predictions = Predictions(model, features, data)
        self._roles = roles
        self._target = self._predictions.encode(target)
        self._all_rows = np.arange(len(self._target))
        self._samples: dict[str, Sample] = {}

    def value(self, metric: str, rows: Rows | None = None) -> float:
        """The metric over these row numbers, or over all rows; ValueError if it does not apply."""
        row_numbers = self._all_rows if rows is None else rows
        if is_own(metric):
            return self._own_value(Metric(metric), row_numbers)
        weights = {}
        if self._roles.weight is not None:
            if not Metric(metric).takes_weights:
                raise ValueError("it takes no weights")
            weights["sample_weight"] = self._roles.weight[row_numbers]
        scorer = self._scorer(metric)
        return float(scorer(self._predictions, row_numbers, self._target[row_numbers], **weights))

    def _own_value(self, metric: Metric, rows: Rows) -> float:
        truth, predicted, roles = self._sample(metric)
        weight = None if roles.weight is None else roles.weight[rows]
        return metric.of_rows(truth[rows], predicted[rows], weight)

    def board_for(self, metric: str) -> "Scoreboard":
        """The scoreboard for this metric: this one, or one that takes the target's numbers as classes.

        AnswerError if the model's predictions cannot be compared with the target; ValueError if the metric
        compares classes and there are none.
        """
        self._predictions.check(Metric(metric).kind)
        data = self._predictions.data_for(Metric(metric))
        if data is self._predictions.data:
            return self
        model, features = self._predictions.model, self._predictions.features
        board = Scoreboard(model, features, self._target, data, self._roles)
        board._predictions.check(Metric(metric).kind)
        return board

    def _scorer(self, metric: str) -> Any:
        if self._predictions.data.labels is None:
            return scorer_named(metric)
        return Metric(metric).scorer_of_classes(self._predictions.classes_)

    def measure(self, metrics: Iterable[str]) -> Measured:
        """These metrics over all rows; one that cannot be computed does not affect the others."""
        values, notes = {}, []
        for metric in metrics:
            try:
                values[metric] = self.value(metric)
            except Exception as error:  # noqa: BLE001  a scorer may raise anything
                notes.append(not_computed(metric, self._missing_method(metric) or _first_line(error)))
        return Measured(values, tuple(notes))

    def _missing_method(self, metric: str) -> str | None:
        """The message that the model lacks the method that the metric needs; None if it has it."""
        kind = Metric(metric).kind
        if not self._predictions.data.is_classification or self._predictions.method_for(kind) is not None:
            return None
        model = self._predictions.model
        last = model[-1] if isinstance(model, Pipeline) else model
        return f"{type(last).__name__} has no {needed_methods(kind)}"

    def interval(self, metric: str, seed: int) -> Interval:
        """The metric with its 95 % confidence interval, made as `intervals.bounds` says.

        Rows of one group, or else of one stretch of time, are drawn together, and count by their weights.
        """
        value, scored = self.value(metric), Metric(metric)
        if not np.isfinite(value):
            return Interval(value, np.nan, np.nan)
        sample, generator = self._sample(scored), np.random.default_rng(seed)
        return Interval(value, *bounds(scored, sample, self._counts_scorer(scored), value, generator))

    def _counts_scorer(self, metric: Metric) -> Scorer:
        """A scorer of resamples: of all at once if the metric allows it, else of one after the other."""
        score = self._batch_scorer(metric)
        if score is None:
            return lambda counts: np.array([self._value_of(metric.name, row) for row in counts])
        weight = self._roles.weight
        return score if weight is None else lambda counts: score(counts * weight)

    def _value_of(self, metric: str, counts: NDArray[np.intp]) -> float:
        """The metric over the rows, each so many times; NaN if it is not defined for them."""
        try:
            return self.value(metric, np.repeat(self._all_rows, counts))
        except ValueError:  # of a resample that lacks a class; all rows have been scored before
            return np.nan

    def _batch_scorer(self, metric: Metric) -> Scorer | None:
        truth, predicted, _ = self._sample(metric)
        is_known = metric.kind in ("numbers", "values") or truth.min() >= 0
        if not is_known or (metric.kind == "labels" and predicted.min() < 0):
            return None
        return metric.batch_scorer(truth, predicted)

    def _sample(self, metric: Metric) -> Sample:
        """The target and the predictions that the metric compares, classes by number.

        A class of the target that is not known counts as -1, one of the predictions as -2.
        """
        if metric.name not in self._samples:
            self._samples[metric.name] = self._new_sample(metric)
        return self._samples[metric.name]

    def _new_sample(self, metric: Metric) -> Sample:
        method = self._predictions.method_for(metric.kind) or "predict"
        predicted = np.asarray(getattr(self._predictions, method)(self._all_rows))
        if metric.kind in ("numbers", "values"):
            return Sample(self._target, predicted, self._roles)
        classes = list(self._predictions.classes_)
        codes = {label: code for code, label in enumerate(classes)}
        if metric.kind == "labels":
            predicted = np.array([codes.get(label, -2) for label in predicted])
        elif len(classes) == 2:
            predicted = predicted.reshape(len(predicted), -1)[:, -1]
        truth = np.array([codes.get(label, -1) for label in self._target])
        return Sample(truth, predicted, self._roles)


def needed_methods(kind: Kind) -> str:
    """The methods, one of which a metric of that kind needs, as text."""
    return {"probabilities": "predict_proba", "scores": "decision_function or predict_proba"}.get(
        kind, "predict"
    )


def has_method(kind: Kind, model: Any) -> bool:
    """Whether the model has a method that a metric of that kind needs."""
    return any(hasattr(model, name) for name in needed_methods(kind).split(" or "))


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
