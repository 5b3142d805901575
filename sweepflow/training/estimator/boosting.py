"""A booster while it is trained: once, watched interval by interval, and kept as it was at the best one."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from sklearn.base import clone

from sweepflow.data.prepared import load_roles
from sweepflow.data.roles import Roles
from sweepflow.errors import TrialTerminated
from sweepflow.metrics.scoreboard import Scoreboard
from sweepflow.training.arrays import Arrays
from sweepflow.training.boosters import Answers, Booster, Rows, Watch
from sweepflow.training.costs import costs_of, first_row
from sweepflow.training.early_stopping import fit_estimator, fit_for_good
from sweepflow.training.estimator.deciding import decided
from sweepflow.training.estimator.iterations import Iterations
from sweepflow.training.job import Job, Reporter, Trained
from sweepflow.training.pipeline import pipeline


def boost(
    booster: Booster, iterations: Iterations | None, data: Arrays, job: Job, report: Reporter
) -> Booster:
    """The booster as it was at the best of the intervals that it reports, in one single training.

    A library that stops early ends the training with one more interval: that of the rounds which it keeps.
    """
    rows, held_out = _parts(data, job)
    metric, values = job.objective.primary_metric, dict[int, float]()

    def at_interval(n_rounds: int, model: Any) -> bool:
        values[n_rounds] = _board(model, data, job).value(metric)
        with suppress(TrialTerminated):
            report({metric: values[n_rounds]})
            return True
        return False

    booster.fit(*rows, held_out=held_out, watch=_watch(iterations, at_interval))
    if booster.rounds_ not in values:
        at_interval(booster.rounds_, booster)
    best = max(values, key=lambda n_rounds: job.objective.score(values[n_rounds]))
    return booster.keep(best, rows)


def measured(booster: Booster, data: Arrays, job: Job, fit_seconds: float) -> Trained:
    """What is kept of a trial: its model, and the further metrics and the costs of that.

    The seconds of its fit are those of the training with its reports.
    """
    values, notes = _board(booster, data, job).measure(job.further_metrics)
    model = pipeline(data.preprocess, decided(booster, data, job), data.steps)
    row = data.first_row or first_row(job.needed_data)
    return Trained(lambda: model, values, notes, costs_of(model, row, fit_seconds))


def boost_again(
    booster: Booster, iterations: Iterations | None, data: Arrays, job: Job, n_intervals: int
) -> Booster:
    """The booster as `boost` has it after so many intervals."""
    rows, held_out = _parts(data, job)
    seen: list[int] = []

    def at_interval(n_rounds: int, _: Answers) -> bool:
        seen.append(n_rounds)
        return len(seen) < n_intervals

    booster.fit(*rows, held_out=held_out, watch=_watch(iterations, at_interval))
    return booster.keep(booster.rounds_, rows)


def refit_booster(
    booster: Booster,
    iterations: Iterations | None,
    rows: Rows,
    data: Callable[[], Arrays],
    job: Job,
    n_intervals: int,
) -> Booster:
    """The booster, fitted on these rows for as many rounds as it had after so many intervals.

    `data` gives what the trial was trained with, which tells when it stopped early.
    """
    if booster.stops_early:
        first = boost_again(clone(booster), iterations, data(), job, n_intervals)
        return booster.follow(first).fit(*rows, n_rounds=first.rounds_)
    n_rounds = booster.n_rounds
    if iterations is not None:
        n_rounds = min(n_rounds, iterations.step * n_intervals)
    return booster.fit(*rows, n_rounds=n_rounds)


def fit_on_fold(estimator: Any, rows: Rows, held_out: Rows, roles: Roles, gap: int | str) -> None:
    """Fit the estimator on these rows with these roles; a booster may stop early by those held out."""
    if isinstance(estimator, Booster) and estimator.stops_early:
        estimator.fit(*rows, held_out=held_out)
    else:
        fit_estimator(estimator, rows.features, rows.target, roles, gap)


def fit_after_folds(estimator: Any, folds: Sequence[Any], rows: Rows, roles: Roles, job: Job) -> None:
    """Fit the estimator on the rows of all folds; what stops early has its rounds by no single fold.

    A booster has the mean of the folds' own, HistGradientBoosting what `fit_for_good` finds. `folds` are the
    fitted boosters, and not needed of others.
    """
    if isinstance(estimator, Booster) and estimator.stops_early:
        n_rounds = round(np.mean([booster.rounds_ for booster in folds]))
        estimator.follow(folds[0]).fit(*rows, n_rounds=n_rounds)
        return
    n_trained = len(rows.target) - len(rows.target) // (job.folds or 1)
    fit_for_good(estimator, rows.features, rows.target, roles, job.gap, n_trained=n_trained)


def _parts(data: Arrays, job: Job) -> tuple[Rows, Rows]:
    """The training and the validation rows."""
    train, validation = (load_roles(job.needed_data, part).weight for part in ("train", "validation"))
    rows = Rows(data.train_features, data.train_target, train)
    return rows, Rows(data.validation_features, data.validation_target, validation)


def _board(model: Any, data: Arrays, job: Job) -> Scoreboard:
    roles = load_roles(job.needed_data, "validation")
    model = decided(model, data, job)
    return Scoreboard(model, data.validation_features, data.validation_target, job.needed_data, roles)


def _watch(iterations: Iterations | None, at_interval: Callable[[int, Answers], bool]) -> Watch | None:
    return None if iterations is None else Watch(iterations.step, at_interval)
