"""Scikit-learn's scorers, applied to recorded predictions so that no row is predicted twice."""

import warnings
from collections.abc import Iterable
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from sklearn.pipeline import Pipeline

from sweepflow.data.prepared import PreparedData
from sweepflow.metrics import Kind, Metric, Scorer, Values
from sweepflow.metrics.predictions import Predictions, Rows
from sweepflow.metrics.scorers import scorer_named

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


class Scoreboard:
    """Scores a fitted model on fixed rows, by any name of `sweepflow.metrics.scorers`."""

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
