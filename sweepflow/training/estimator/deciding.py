"""How a trial's model of two classes decides, where the spec asks for a threshold."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, is_classifier
from sklearn.pipeline import Pipeline

from sweepflow.data.prepared import PreparedData, load_roles
from sweepflow.errors import Problem
from sweepflow.metrics import Metric
from sweepflow.metrics.own import is_own
from sweepflow.metrics.scorers import check_scorer, goal_of, is_scorer
from sweepflow.training.arrays import Arrays
from sweepflow.training.boosters import Rows
from sweepflow.training.job import Job
from sweepflow.training.kind import OtherParts
from sweepflow.training.threshold import (
    ThresholdClassifier,
    best_threshold,
    positive_probability,
)
from sweepflow.training.threshold_field import Threshold
from sweepflow.trials.objective import Objective

_PATH = "trial.threshold"

NEEDS_PROBABILITIES = (_PATH, "neg_log_loss")
"""A metric, with its path, that needs what a threshold is compared with."""


def asking(job: Job, threshold: Threshold | None) -> Job:
    """The job that asks for this threshold."""
    return job.model_copy(update={"threshold": threshold.metric}) if threshold else job


def decided(model: Any, data: Arrays, job: Job) -> Any:
    """The fitted model as it decides, by the validation rows; the model itself if no threshold is asked."""
    if job.threshold is None:
        return model
    weight = load_roles(job.needed_data, "validation").weight
    return decided_on(model, Rows(data.validation_features, data.validation_target, weight), job)


def decided_on(model: Any, rows: Rows, job: Job) -> Any:
    """The same by these rows, which the model has not seen."""
    return model if job.threshold is None else _deciding(model, _threshold([(model, rows)], job), job)


def decided_over_folds(model: Pipeline, folds: Sequence[tuple[Any, Rows]], job: Job) -> Pipeline:
    """The same by what the estimator of each fold says of the rows held out from it."""
    if job.threshold is None:
        return model
    return _with_last(model, _deciding(model[-1], _threshold(folds, job), job))


def decided_like(first: Pipeline, model: Pipeline) -> Pipeline:
    """The model with the threshold of the first one, which has one."""
    last = first[-1]
    return _with_last(model, ThresholdClassifier(model[-1], last.threshold, last.positive_label))


def _threshold(models: Sequence[tuple[Any, Rows]], job: Job) -> float:
    """The best threshold over what each model says of its rows."""
    data, metric = job.needed_data, str(job.threshold)
    said = np.concatenate([positive_probability(model, rows.features, data) for model, rows in models])
    truth = np.concatenate([np.asarray(rows.target) == data.positive_label for _, rows in models])
    weights = [rows.weight for _, rows in models if rows.weight is not None]
    goal = job.objective.goal if metric == job.objective.primary_metric else goal_of(metric)
    objective = Objective(primary_metric=metric, goal=goal or "maximize")
    return best_threshold(said, truth, objective, np.concatenate(weights) if weights else None)


def _deciding(model: Any, threshold: float, job: Job) -> ThresholdClassifier:
    return ThresholdClassifier(model, threshold, job.needed_data.positive_label)


def _with_last(model: Pipeline, last: Any) -> Pipeline:
    return Pipeline([*model.steps[:-1], (model.steps[-1][0], last)])


def check_threshold(path: str, estimator: BaseEstimator, threshold: Threshold | None) -> Iterator[Problem]:
    """The problems with a threshold of an estimator that predicts numbers, or by a metric of no classes."""
    if threshold is None:
        return
    where, name = f"{_PATH}.metric", threshold.metric
    if not is_classifier(estimator):
        yield Problem(_PATH, f"must be left out for {path}, which predicts numbers")
    elif not is_scorer(name):
        yield from check_scorer(name, where)
    elif not is_own(name) and Metric(name).kind != "labels":
        yield Problem(where, f"must compare classes, as f1 does; {name} does not depend on a threshold")


def check_metric(threshold: Threshold | None, parts: OtherParts) -> Iterator[Problem]:
    """The problem with a threshold by a function of the user's own of which no goal is known."""
    if threshold is None or "objective" not in parts or not is_own(threshold.metric):
        return
    if threshold.metric != parts["objective"].primary_metric:
        yield Problem(f"{_PATH}.metric", "a function must be the objective's primary_metric too")


def check_classes(threshold: Threshold | None, data: PreparedData) -> Iterator[Problem]:
    """The problems with a threshold where there are not two classes, or the metric takes probabilities."""
    if threshold is None:
        return
    if data.positive_label is None:
        held = f"{len(data.labels or ())} classes"
        yield Problem(_PATH, f"must be left out: {data.described_target()} holds {held}, and it takes two")
    if Metric(threshold.metric).kind not in ("labels", "values"):
        yield Problem(f"{_PATH}.metric", "must take `prediction`: a threshold does not change probabilities")
