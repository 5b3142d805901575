"""Cross-validation: a trial is fitted once per fold, and reports after each."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import cast

import numpy as np
from sklearn.pipeline import Pipeline

from sweepflow.data.prepared import all_training_roles, all_training_rows
from sweepflow.data.roles import Roles
from sweepflow.errors import TrialTerminated
from sweepflow.metrics.scoreboard import Measured, Scoreboard
from sweepflow.training.boosters import Booster, Rows
from sweepflow.training.costs import costs_of
from sweepflow.training.estimator.boosting import fit_after_folds, fit_on_all_folds, fit_on_fold
from sweepflow.training.estimator.deciding import decided_on, decided_over_folds
from sweepflow.training.fold_rows import fold_rows
from sweepflow.training.job import Job, Reporter, Trained


def cross_validate(unfitted: Callable[[], Pipeline], job: Job, n_folds: int, report: Reporter) -> Trained:
    """Fit and score a pipeline on each fold of the training and validation rows.

    Every report is the mean over the folds so far: the first k - 1 let a policy decide, the last one is the
    trial's value. The model is fitted on all those rows, and only if it is kept.
    """
    data = job.needed_data
    features, target = all_training_rows(data)
    roles = all_training_roles(data)
    folds = fold_rows(
        target,
        roles,
        n_folds=n_folds,
        seed=job.seed,
        gap=job.gap,
        is_classification=data.is_classification,
    )
    primary = job.objective.primary_metric
    values: list[float] = []
    seconds: list[float] = []
    further: list[Measured] = []
    models: list[tuple[Pipeline, Rows]] = []
    with suppress(TrialTerminated):
        for train, held_out in folds:
            rows, others = (
                Rows(features.iloc[part], target[part], roles.of(part).weight) for part in (train, held_out)
            )
            began = time.perf_counter()
            model = fit_on_fold(unfitted(), rows, others, roles.of(train), job.gap)
            models.append((model, others))
            seconds.append(time.perf_counter() - began)
            held_rows = others.features, others.target, data, roles.of(held_out)
            board = Scoreboard(decided_on(model, others, job), *held_rows)
            values.append(board.value(primary))
            further.append(board.measure(job.further_metrics))
            report({primary: float(np.mean(values))})
    means, notes = _over_folds(further)
    costs = costs_of(model, features.iloc[held_out[:1]], float(np.mean(seconds)))
    rows = Rows(features, target, roles.weight)
    return Trained(lambda: _fitted_on_all(unfitted(), models, rows, roles, job), means, notes, costs)


def _fitted_on_all(
    model: Pipeline, folds: list[tuple[Pipeline, Rows]], rows: Rows, roles: Roles, job: Job
) -> Pipeline:
    """The model, fitted on these rows; `folds` are the fitted ones, each with the rows held out from it."""
    fitted = fit_after_folds(model, [each for each, _ in folds], rows, roles, job)
    return decided_over_folds(fitted, folds, job)


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
    data = job.needed_data
    return fit_on_all_folds(model, *all_training_rows(data), all_training_roles(data), job)
