"""Cross-validation: a trial is fitted once per fold, and reports after each."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import Pipeline

from sweepflow.data.prepared import PreparedData, all_training_rows
from sweepflow.errors import TrialTerminated
from sweepflow.metrics.scoreboard import Measured, Scoreboard
from sweepflow.training.job import Job, Reporter, Trained

Rows = NDArray[np.intp]


def cross_validate(unfitted: Callable[[], Pipeline], job: Job, n_folds: int, report: Reporter) -> Trained:
    """Fit and score a pipeline on each fold of the training and validation rows.

    Every report is the mean over the folds so far: the first k - 1 let a policy decide, the last one is the
    trial's value. The model is fitted on all those rows, and only if it is kept.
    """
    data = job.needed_data
    features, target = all_training_rows(data)
    primary = job.objective.primary_metric
    values: list[float] = []
    further: list[Measured] = []
    with suppress(TrialTerminated):
        for train, held_out in _folds(target, data, n_folds, job.seed):
            model = unfitted().fit(features.iloc[train], target[train])
            board = Scoreboard(model, features.iloc[held_out], target[held_out], data)
            values.append(board.value(primary))
            further.append(board.measure(job.further_metrics))
            report({primary: float(np.mean(values))})
    means, notes = _over_folds(further)
    return Trained(lambda: unfitted().fit(features, target), means, notes)


def _over_folds(folds: list[Measured]) -> Measured:
    """The means of the metrics that every fold has, and why the others could not be computed."""
    notes = tuple(dict.fromkeys(note for fold in folds for note in fold.notes))
    names = [name for name in folds[0].values if all(name in fold.values for fold in folds)]
    return Measured({name: float(np.mean([fold.values[name] for fold in folds])) for name in names}, notes)


def _folds(target: NDArray[Any], data: PreparedData, n_folds: int, seed: int) -> Iterator[tuple[Rows, Rows]]:
    """The rows to train on and the rows held out, fold by fold; the same for every trial of a sweep."""
    splitter = StratifiedKFold if data.is_classification else KFold
    folds = splitter(n_folds, shuffle=True, random_state=seed)
    yield from folds.split(np.zeros(len(target)), target)


def too_small(data: PreparedData, target: "pd.Series[Any]", n_folds: int) -> str | None:
    """Why the rows cannot make so many folds; None if they can."""
    if not data.is_classification:
        n_rows = len(target)
        rows = f"{n_rows} rows that have a value in column {data.target!r}"
        return f"{rows} cannot make {n_folds} folds" if n_rows < n_folds else None
    counts = target.value_counts()
    if counts.min() >= n_folds:
        return None
    (label,) = counts.index[[int(np.argmin(counts))]].tolist()
    smallest = f"class {label!r} of column {data.target!r} has {counts.min()} rows"
    return f"{smallest} beside the test's, too few for {n_folds} folds"
