"""Whether a model takes as many targets as the data has."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from sweepflow.errors import Problem
from sweepflow.training.boosters import Booster
from sweepflow.training.target_scale import TransformedTarget

_WRAPPER = "sklearn.multioutput.MultiOutputRegressor"


def targets_problem(model: Pipeline, features: Any, target: NDArray[Any]) -> Problem | None:
    """The problem with an unfitted model that takes one target where there are several, or only several.

    Whether it takes several shows in fits on these rows, since not every estimator tells; None if it takes
    them, or if neither several nor one can be learned from the rows.
    """
    last = model[-1].regressor if isinstance(model[-1], TransformedTarget) else model[-1]
    name = type(last).__name__
    if target.ndim == 1:
        if get_tags(last).target_tags.single_output:
            return None
        return Problem(
            "data.target", f"must be a list for {name}, which takes several targets: [price, days]"
        )
    if _answers(model, features, target) or not _answers(model, features, target[:, 0]):
        return None
    fault = f"takes one target, and data.target names {target.shape[1]}"
    for end, (place, step) in enumerate(model.steps[:-1], start=1):
        if not _fits(Pipeline(model.steps[:end]), features, target):
            return Problem("trial.steps", f"{place}, a {type(step).__name__}, {fault}: leave one of them out")
    wrapped = f"{{estimator: {_WRAPPER}, parameters: {{estimator: {{estimator: {_path(last)}}}}}}}"
    return Problem("trial.estimator", f"{name} {fault}: name one, or fit one for each by {wrapped}")


def _answers(model: Pipeline, features: Any, target: NDArray[Any]) -> bool:
    """Whether the model, fitted on these rows, answers with as many values for each."""
    try:
        answers = clone(model).fit(features, target).predict(features)
    except Exception:  # noqa: BLE001  an estimator may raise anything
        return False
    return np.shape(answers) in (target.shape, (*target.shape, 1))


def _fits(model: Pipeline, features: Any, target: NDArray[Any]) -> bool:
    try:
        clone(model).fit(features, target)
    except Exception:  # noqa: BLE001  an estimator may raise anything
        return False
    return True


def _path(estimator: Any) -> str:
    """The path of the estimator's class as users know it, without private modules."""
    cls = type(estimator)
    if isinstance(estimator, Booster):
        return f"{estimator.names.package}.{cls.__name__}"
    return f"{cls.__module__.split('._')[0]}.{cls.__name__}"
