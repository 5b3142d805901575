"""An estimator while it is fitted: interval by interval, and as it was at the best one."""

import pickle
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import Any

from sklearn.base import is_classifier

from sweepflow.data.prepared import PreparedData, load_roles
from sweepflow.data.roles import Roles
from sweepflow.errors import TrialTerminated
from sweepflow.metrics.scoreboard import Scoreboard, not_computed
from sweepflow.models.model_file import ModelError
from sweepflow.training.costs import Stopwatch, costs_of, first_row
from sweepflow.training.estimator.deciding import decided
from sweepflow.training.estimator.iterations import Iterations, sizes
from sweepflow.training.job import Job, Reporter, Trained
from sweepflow.training.pipeline import Arrays, pipeline
from sweepflow.training.target_scale import TransformedTarget


def stages(
    estimator: Any,
    iterations: Iterations | None,
    features: Any,
    target: Any,
    data: PreparedData,
    roles: Roles,
) -> Iterator[None]:
    """Fit the estimator interval by interval; yields at the end of each. `roles` are those of the rows."""
    weights = roles.fit_parameters
    if iterations is None:
        estimator.fit(features, target, **weights)
        yield
    elif iterations.epochs is not None:
        labels = {"classes": data.labels} if is_classifier(estimator) else {}
        for _ in range(iterations.epochs):
            estimator.partial_fit(features, target, **labels, **weights)
            yield
    else:
        grown = estimator.regressor if isinstance(estimator, TransformedTarget) else estimator
        for size in sizes(grown, iterations):
            grown.set_params(**{str(iterations.parameter): size})
            estimator.fit(features, target, **weights)
            yield


class Best:
    """Keeps the estimator as it was at the best interval so far."""

    def __init__(self, job: Job, *, is_only: bool) -> None:
        self._objective = job.objective
        self._is_only = is_only
        self._value: float | None = None
        self._copy: Callable[[], Any] | None = None
        self.failure: str | None = None
        """Why the best estimator could not be copied, though its value counts; None if it could."""

    def offer(self, estimator: Any, value: float) -> None:
        """Take the estimator if its value is better than every earlier one."""
        if self._value is not None and not self._objective.is_better(value, self._value):
            return
        self._value, self.failure = value, None
        if self._is_only:  # it trains no further
            self._copy = lambda: estimator
            return
        try:
            self._copy = partial(pickle.loads, pickle.dumps(estimator))
        except Exception as error:  # noqa: BLE001  what an estimator holds may raise anything
            self._copy, self.failure = None, f"the model of the best interval cannot be copied: {error}"

    def model(self) -> Any:
        """The estimator; ModelError if it could not be copied."""
        if self._copy is None:
            raise ModelError(str(self.failure))
        return self._copy()


def fit_for(n_intervals: int, fits: Iterator[None]) -> None:
    """Let the first intervals of `stages` happen."""
    deque(islice(fits, n_intervals), maxlen=0)


def fit_and_report(
    estimator: Any, iterations: Iterations | None, data: Arrays, job: Job, report: Reporter
) -> Trained:
    """Fit the estimator, report the primary metric at every interval, and keep the model of the best one."""
    prepared, metric = job.needed_data, job.objective.primary_metric
    held_rows = data.validation_features, data.validation_target
    held_out = *held_rows, prepared, load_roles(prepared, "validation")
    best = Best(job, is_only=iterations is None)
    rows = data.train_features, data.train_target
    fits = Stopwatch(stages(estimator, iterations, *rows, prepared, load_roles(prepared, "train")))
    with suppress(TrialTerminated):
        for _ in fits:
            value = Scoreboard(decided(estimator, data, job), *held_out).value(metric)
            best.offer(estimator, value)
            report({metric: value})
    if best.failure:
        notes = tuple(not_computed(name, best.failure) for name in job.further_metrics)
        return Trained(best.model, {}, notes, {"fit_seconds": fits.seconds})
    model = decided(best.model(), data, job)
    values, notes = Scoreboard(model, *held_out).measure(job.further_metrics)
    whole = pipeline(data.preprocess, model, data.steps)
    return Trained(lambda: whole, values, notes, costs_of(whole, first_row(prepared), fits.seconds))
