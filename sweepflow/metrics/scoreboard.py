"""Metrics of a fitted model, computed from recorded predictions so that no row is predicted twice."""

import warnings
from collections.abc import Iterable
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from sklearn.pipeline import Pipeline

from sweepflow.data.prepared import PreparedData
from sweepflow.data.roles import NO_ROLES, Roles
from sweepflow.metrics import Kind, Metric, Scorer, Values
from sweepflow.metrics.predictions import Predictions, Rows
from sweepflow.metrics.scorers import scorer_named

_MAX_RESAMPLES, _MIN_RESAMPLES, _ROWS_TO_RESAMPLE = 1000, 100, 2_000_000


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

    def value(self, metric: str, rows: Rows | None = None) -> float:
        """The metric over these row numbers, or over all rows; ValueError if it does not apply."""
        row_numbers = self._all_rows if rows is None else rows
        weights = {}
        if self._roles.weight is not None:
            if not Metric(metric).takes_weights:
                raise ValueError("it takes no weights")
            weights["sample_weight"] = self._roles.weight[row_numbers]
        scorer = self._scorer(metric)
        return float(scorer(self._predictions, row_numbers, self._target[row_numbers], **weights))

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
        """The metric with its 95 % bootstrap percentile interval (Efron, 1979).

        Takes 1,000 resamples of the rows, within each class for a classifier; fewer, but at least 100, if
        these would hold more than two million rows together.
        """
        generator = np.random.default_rng(seed)
        n_resamples = int(np.clip(_ROWS_TO_RESAMPLE // len(self._all_rows), _MIN_RESAMPLES, _MAX_RESAMPLES))
        value = self.value(metric)
        if not np.isfinite(value):
            return Interval(value, np.nan, np.nan)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some metrics are not defined on some resamples
            resamples = (self._resample(generator) for _ in range(n_resamples))
            low, high = np.nanpercentile(self._values(metric, resamples), [2.5, 97.5])
        return Interval(value, float(low), float(high))

    def _values(self, metric: str, resamples: Iterable[Rows]) -> Values:
        """The metric on each resample: on all at once if the metric allows it, else one after the other."""
        score = self._batch_scorer(Metric(metric))
        if score is None:
            return np.array([self.value(metric, rows) for rows in resamples])
        n_rows = len(self._all_rows)
        return score(np.stack([np.bincount(rows, minlength=n_rows) for rows in resamples]))

    def _batch_scorer(self, metric: Metric) -> Scorer | None:
        method = self._predictions.method_for(metric.kind)
        if method is None or self._roles.weight is not None:
            return None
        predicted = np.asarray(getattr(self._predictions, method)(self._all_rows))
        if metric.kind == "numbers":
            return metric.batch_scorer(self._target, predicted)
        classes = list(self._predictions.classes_)
        codes = {label: code for code, label in enumerate(classes)}
        if metric.kind == "labels":
            predicted = np.array([codes.get(label, -1) for label in predicted])
        elif len(classes) == 2:
            predicted = predicted.reshape(len(predicted), -1)[:, -1]
        truth = np.array([codes.get(label, -1) for label in self._target])
        is_known = truth.min() >= 0 and (metric.kind != "labels" or predicted.min() >= 0)
        return metric.batch_scorer(truth, predicted) if is_known else None

    def _resample(self, generator: np.random.Generator) -> Rows:
        return np.concatenate([generator.choice(group, len(group)) for group in self._groups])

    @cached_property
    def _groups(self) -> list[Rows]:
        if not self._predictions.data.is_classification:
            return [self._all_rows]
        return [np.flatnonzero(self._target == label) for label in np.unique(self._target)]


def needed_methods(kind: Kind) -> str:
    """The methods, one of which a metric of that kind needs, as text."""
    return {"probabilities": "predict_proba", "scores": "decision_function or predict_proba"}.get(
        kind, "predict"
    )


def has_method(kind: Kind, model: Any) -> bool:
    """Whether the model has a method that a metric of that kind needs."""
    return any(hasattr(model, name) for name in needed_methods(kind).split(" or "))


def not_computed(metric: str, reason: str) -> str:
    """The note on a metric that could not be computed."""
    return f"{metric} could not be computed: {reason}"


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
