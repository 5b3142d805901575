"""The values that an estimator and the steps before it have if nothing is drawn for them."""

from typing import Any

from sweepflow.fields.bounds import json_problem
from sweepflow.training.estimator.composed import HasParts
from sweepflow.training.estimator.composed_checks import steps_of
from sweepflow.training.estimator.loading import required
from sweepflow.trials.parameters import Value


def default_values(trial: HasParts, whole: Any) -> dict[str, Value] | None:
    """The values by name, the fixed ones on top, those left out that JSON does not know.

    `whole` is the estimator with its fixed parts. None if it needs a value that is not fixed; SpecError if a
    step is wrong.
    """
    if not set(required(trial.load())) <= trial.parameters.keys():
        return None
    values = {**whole.get_params()}
    for step in trial.steps:
        values |= step
    for name, step in steps_of(trial).items():
        own = {} if step is None else step.get_params()
        values |= {f"{name}__{each}": value for each, value in own.items()}
    values |= trial.parameters
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    return {name: value for name, value in plain.items() if json_problem(value) is None}
