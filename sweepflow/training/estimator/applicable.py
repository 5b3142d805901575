"""Checks before the first trial whether a metric can score a target at all."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier, DummyRegressor

from sweepflow.data.prepared import PreparedData
from sweepflow.data.roles import NO_ROLES, Roles
from sweepflow.errors import Problem
from sweepflow.metrics import Metric
from sweepflow.metrics.predictions import COMPARES_NUMBERS, are_own_numbers, as_target
from sweepflow.metrics.scoreboard import Scoreboard
from sweepflow.metrics.scorer_names import scorer_names

_COMPARES_CLASSES = (
    "it compares classes, and the estimator predicts numbers: name a metric of numbers, such as r2, or use a "
    "classifier"
)
_SEVERAL_ARE_NUMBERS = (
    "it compares classes, and several targets are numbers: name a metric of numbers, such as r2"
)
_TOP = 2
"""The `k` of scikit-learn's scorer top_k_accuracy."""


def check_applicable(
    metrics: Sequence[tuple[str, str]],
    features: Any,
    target: Any,
    data: PreparedData,
    roles: Roles = NO_ROLES,
    *,
    must_be_defined: bool = False,
) -> list[Problem]:
    """The problems with metrics, given as (path, name), that cannot score this target.

    Each is computed for the predictions of a dummy model, which knows only the labels or the target's mean.
    With `must_be_defined` the first one must be a number on these validation rows, as the AUC of one class
    is not.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        board = _board_of_a_dummy(features, target, data, roles)
        problems = [
            Problem(path, f"{name} cannot score the {data.described_target('target')}: {reason}")
            for path, name in metrics
            if (reason := _of_another_kind(name, data) or _why_not(board, name))
        ]
        if must_be_defined and not problems and not np.isfinite(board.value(metrics[0][1])):
            return [_undefined(*metrics[0], np.asarray(target), data)]
    return problems


def _undefined(path: str, metric: str, target: NDArray[Any], data: PreparedData) -> Problem:
    n_rows, reason = len(target), ""
    for name, column in zip(data.targets, target.reshape(n_rows, -1).T, strict=True):
        values = np.unique(column).tolist()
        reason = reason or (f", which hold only {values[0]!r} in column {name!r}" if len(values) == 1 else "")
    fault = f"{metric} is not defined on the {n_rows} validation rows{reason}"
    cure = "add rows, change validation (stratify, seed, folds), or name another metric"
    return Problem(path, f"{fault}: {cure}")


def _board_of_a_dummy(features: Any, target: Any, data: PreparedData, roles: Roles) -> Scoreboard:
    values = np.asarray(target) if data.labels is None else as_target(data.labels)
    dummy = DummyRegressor() if data.labels is None else DummyClassifier(strategy="prior")
    return Scoreboard(dummy.fit(np.zeros((len(values), 1)), values), features, target, data, roles)


def _variants(metric: str) -> str:
    names = [name for name in scorer_names() if name.startswith(f"{metric}_")]
    return f"; there is {', '.join(names)}" if names else ""


def _of_another_kind(metric: str, data: PreparedData) -> str | None:
    """Why a metric would give a number but no information about this target; None if it is informative.

    A metric of numbers would get 0 and 1 for any two classes. top_k_accuracy is 1 for any model if there are
    no more than k classes.
    """
    if Metric(metric).kind == "values":
        return None
    is_of_numbers = Metric(metric).kind == "numbers"
    if data.labels is None:
        why_not = _COMPARES_CLASSES if len(data.targets) == 1 else _SEVERAL_ARE_NUMBERS
        return None if is_of_numbers else why_not
    if is_of_numbers and not are_own_numbers(data):
        return COMPARES_NUMBERS
    if metric == "top_k_accuracy" and len(data.labels) <= _TOP:
        return f"of {len(data.labels)} classes the best {_TOP} are a perfect score for any model"
    return None


def _why_not(board: Scoreboard, metric: str) -> str | None:
    try:
        board.value(metric)
    except ValueError as error:
        return str(error).split("\n")[0] + _variants(metric)
    return None
