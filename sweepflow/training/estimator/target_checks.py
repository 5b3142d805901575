"""Checks whether the target can be learned as the spec says."""

from collections.abc import Iterator

import numpy as np
from sklearn.base import BaseEstimator, is_classifier

from sweepflow.data.prepared import PreparedData, load_target
from sweepflow.errors import Problem
from sweepflow.training.target import Target
from sweepflow.training.target_scale import outside

_PATH = "trial.target"


def check_target(path: str, estimator: BaseEstimator, target: Target | None) -> Iterator[Problem]:
    """The problem with a transformed target of an estimator that predicts classes."""
    if target is not None and is_classifier(estimator):
        yield Problem(_PATH, f"must be left out for {path}, which predicts classes")


def check_values(target: Target | None, data: PreparedData) -> Iterator[Problem]:
    """The problem with values of the training or the validation part that cannot be transformed."""
    if target is None or data.is_classification:
        return
    values = np.concatenate([load_target(data, "train"), load_target(data, "validation")])
    for name, column in zip(data.targets, values.reshape(len(values), -1).T, strict=True):
        if fault := outside(target.transform, column):
            rule = f"cannot be used for column {name!r}: {fault}; quantile takes all"
            yield Problem(f"{_PATH}.transform", rule)
