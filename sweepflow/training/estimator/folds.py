"""Cross-validation: a trial is fitted once per fold, and reports after each."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from sweepflow.data.prepared import all_training_roles
from sweepflow.data.roles import Roles
from sweepflow.errors import TrialTerminated
from sweepflow.metrics.scoreboard import Measured, Scoreboard
from sweepflow.training.arrays import all_targets, fit_on_all_rows
from sweepflow.training.boosters import Booster, Rows
from sweepflow.training.costs import costs_of
from sweepflow.training.estimator.boosting import fit_after_folds, fit_on_fold
from sweepflow.training.estimator.deciding import decided_on, decided_over_folds
from sweepflow.training.fold_arrays import first_held_out, fold_features
from sweepflow.training.fold_rows import fold_rows
from sweepflow.training.job import Job, Reporter, Trained
from sweepflow.training.pipeline import fit_steps


class _Fold(NamedTuple):
    """A fitted fold: its model, and the rows held out from it as its estimator gets them."""

    model: Pipeline
    held_out: Rows
    fit_seconds: float
    """Those of the estimator and the steps before it, without the preprocessing."""


def cross_validate(unfitted: Callable[[], Pipeline], job: Job, n_folds: int, report: Reporter) -> Trained:
    """Fit and score a pipeline on each fold of the training and validation rows.

    Every report is the mean over the folds so far: the first k - 1 let a policy decide, the last one is the
    trial's value. The model is fitted on all those rows, and only if it is kept.
    """
    data = job.needed_data
    target, roles = all_targets(data), all_training_roles(data)
    primary = job.objective.primary_metric
    values: list[float] = []
    seconds: list[float] = []
    further: list[Measured] = []
    needed: list[tuple[Any, Rows]] = []
    with suppress(TrialTerminated):
        for train, held_out in _rows_of_folds(target, roles, job, n_folds):
            fold = _fitted(unfitted(), train, held_out, target, roles, job)
            seconds.append(fold.fit_seconds)
            estimator, others = fold.model[-1], fold.held_out
            if job.threshold or isinstance(estimator, Booster):
                needed.append((estimator, others))
            held_rows = others.features, others.target, data, roles.of(held_out)
            board = Scoreboard(decided_on(estimator, others, job), *held_rows)
            values.append(board.value(primary))
            further.append(board.measure(job.further_metrics))
            report({primary: float(np.mean(values))})
    means, notes = _over_folds(further)
    costs = costs_of(fold.model, first_held_out(data, held_out), float(np.mean(seconds)))
    return Trained(lambda: _fitted_on_all(unfitted(), needed, job), means, notes, costs)


def _rows_of_folds(
    target: NDArray[Any], roles: Roles, job: Job, n_folds: int
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    is_classification = job.needed_data.is_classification
    return fold_rows(
        target, roles, n_folds=n_folds, seed=job.seed, gap=job.gap, is_classification=is_classification
    )


def _fitted(
    model: Pipeline,
    train: NDArray[np.intp],
    held_out: NDArray[np.intp],
    target: NDArray[Any],
    roles: Roles,
    job: Job,
) -> _Fold:
    """The model, fitted on the rows to train on; a booster may stop early by those held out."""
    own_roles, (name, preprocess) = roles.of(train), model.steps[0]
    preprocess, features, others = fold_features(
        preprocess,
        job.needed_data,
        train,
        held_out,
        target[train],
        own_roles,
        n_folds=job.folds or 1,
        gap=job.gap,
    )
    model.steps[0] = name, preprocess
    began = time.perf_counter()
    features = fit_steps(model, features, target[train], own_roles)
    for _, step in model.steps[1:-1]:
        others = step.transform(others)
    held_rows = Rows(others, target[held_out], roles.of(held_out).weight)
    fit_on_fold(model[-1], Rows(features, target[train], own_roles.weight), held_rows, own_roles, job.gap)
    return _Fold(model, held_rows, time.perf_counter() - began)


def _fitted_on_all(model: Pipeline, folds: Sequence[tuple[Any, Rows]], job: Job) -> Pipeline:
    """The model, fitted on the rows of all folds; `folds` are the estimators, each with its rows held out."""
    features, target, roles = fit_on_all_rows(model, job.needed_data, job.gap)
    rows = Rows(features, target, roles.weight)
    fit_after_folds(model[-1], [each for each, _ in folds], rows, roles, job)
    return decided_over_folds(model, folds, job)


def _over_folds(folds: list[Measured]) -> Measured:
    """The means of the metrics that every fold has, and why the others could not be computed."""
    notes = tuple(dict.fromkeys(note for fold in folds for note in fold.notes))
    names = [name for name in folds[0].values if all(name in fold.values for fold in folds)]
    return Measured({name: float(np.mean([fold.values[name] for fold in folds])) for name in names}, notes)


def kept_model(unfitted: Callable[[], Pipeline], job: Job) -> Pipeline:
    """The model that a cross-validated trial keeps, fitted again."""
    model = unfitted()
    stops_early = isinstance(model[-1], Booster) and model[-1].stops_early
    if job.folds is not None and (stops_early or job.threshold):
        trained = cross_validate(unfitted, job, job.folds, lambda _: None)
        return cast(Pipeline, trained.model)
    return _fitted_on_all(model, [], job)
