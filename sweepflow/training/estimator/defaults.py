"""The values that an estimator and the steps before it have if nothing is drawn for them."""

from collections.abc import Callable
from typing import Any

from sweepflow.errors import SpecError, TrialError
from sweepflow.fields.bounds import json_problem
from sweepflow.space.baseline import placed
from sweepflow.space.expression import Drawn
from sweepflow.space.search_space import SearchSpace
from sweepflow.training.estimator.composed import HasParts
from sweepflow.training.estimator.composed_checks import steps_of
from sweepflow.training.estimator.loading import required
from sweepflow.trials.parameters import Parameters, Value


def default_parameters(trial: HasParts, make: Callable[[], Any], space: SearchSpace) -> Parameters | None:
    """The parameters of the trial for which nothing is drawn: fixed ones, and choices of one value, on top.

    `make` gives the estimator with its fixed parts. None if there is no such estimator, or it needs a value
    that is not fixed.
    """
    try:
        values = _values(trial, make)
    except (TrialError, SpecError):
        return None
    only = {name: each.options[0] for name, each in space.items() if _is_constant(each)}
    return None if values is None else placed(space, {**values, **only})


def _values(trial: HasParts, make: Callable[[], Any]) -> dict[str, Value] | None:
    """The values by name, those left out that JSON does not know."""
    if not set(required(trial.load())) <= trial.parameters.keys():
        return None
    values = {**make().get_params()}
    for step in trial.steps:
        values |= step
    for name, step in steps_of(trial).items():
        own = {} if step is None else step.get_params()
        values |= {f"{name}__{each}": value for each, value in own.items()}
    values |= trial.parameters
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    return {name: value for name, value in plain.items() if json_problem(value) is None}


def _is_constant(expression: Drawn) -> bool:
    return len(expression.options) == 1 and not expression.branches
