"""An estimator while it is fitted: interval by interval, and as it was at the best one."""

import pickle
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import Any

from sklearn.base import clone, is_classifier

from sweepflow.data.prepared import load_roles
from sweepflow.data.roles import Roles
from sweepflow.errors import TrialTerminated
from sweepflow.metrics.notes import not_computed
from sweepflow.metrics.scoreboard import Scoreboard
from sweepflow.models.model_file import ModelError
from sweepflow.training.arrays import Arrays
from sweepflow.training.costs import Stopwatch, costs_of, first_row
from sweepflow.training.early_stopping import (
    fit_apart,
    fit_estimator,
    fit_for_good,
    follow,
    has_stopped,
    learner_of,
    stops_early,
    waits_for_rounds,
    without_stopping,
)
from sweepflow.training.estimator.deciding import decided
from sweepflow.training.estimator.iterations import Iterations, sizes
from sweepflow.training.job import Job, Reporter, Trained
from sweepflow.training.pipeline import pipeline


def stages(
    estimator: Any,
    iterations: Iterations | None,
    features: Any,
    target: Any,
    roles: Roles,
    job: Job,
) -> Iterator[None]:
    """Fit the estimator interval by interval; yields at the end of each, and ends if it stops by itself.

    `roles` are those of the rows.
    """
    gap = job.gap
    if iterations is None:
        fit_estimator(estimator, features, target, roles, gap)
        yield
    elif iterations.epochs is not None:
        labels = {"classes": job.needed_data.labels} if is_classifier(estimator) else {}
        for _ in range(iterations.epochs):
            estimator.partial_fit(features, target, **labels, **roles.fit_parameters)
            yield
    else:
        waits = waits_for_rounds(estimator, len(target), roles)
        first = clone(estimator) if waits else estimator
        grown = learner_of(first)
        for size in sizes(grown, iterations):
            grown.set_params(**{str(iterations.parameter): size})
            fit_apart(first, features, target, roles, gap)
            if waits:
                follow(estimator, first, features, target, roles)
            yield
            if has_stopped(first, len(target)):
                return


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


def refit(
    estimator: Any,
    iterations: Iterations | None,
    features: Any,
    target: Any,
    roles: Roles,
    job: Job,
    n_intervals: int,
) -> None:
    """Fit the estimator on training and validation rows for as many intervals as in its trial.

    What stopped early there has its rounds chosen anew: see `fit_for_good`.
    """
    n_trained = job.needed_data.n_rows["train"]
    if stops_early(estimator, n_trained):
        rounds = sizes(learner_of(estimator), iterations)[:n_intervals][-1] if iterations else None
        fit_for_good(estimator, features, target, roles, job.gap, n_trained=n_trained, n_rounds=rounds)
        return
    without_stopping(estimator, len(target))
    fit_for(n_intervals, stages(estimator, iterations, features, target, roles, job))


def fit_again(
    estimator: Any, iterations: Iterations | None, data: Arrays, job: Job, n_intervals: int
) -> None:
    """Fit the estimator as its trial did in the first intervals."""
    roles = load_roles(job.needed_data, "train")
    fits = stages(estimator, iterations, data.train_features, data.train_target, roles, job)
    fit_for(n_intervals, fits)


def fit_and_report(
    estimator: Any, iterations: Iterations | None, data: Arrays, job: Job, report: Reporter
) -> Trained:
    """Fit the estimator, report the primary metric at every interval, and keep the model of the best one."""
    prepared, metric = job.needed_data, job.objective.primary_metric
    held_rows = data.validation_features, data.validation_target
    held_out = *held_rows, prepared, load_roles(prepared, "validation")
    best = Best(job, is_only=iterations is None)
    rows = data.train_features, data.train_target
    fits = Stopwatch(stages(estimator, iterations, *rows, load_roles(prepared, "train"), job))
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
    costs = costs_of(whole, data.first_row or first_row(prepared), fits.seconds)
    return Trained(lambda: whole, values, notes, costs)
