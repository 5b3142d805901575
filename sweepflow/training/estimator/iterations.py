"""How an estimator reports while it trains."""

import difflib
from typing import Any

from pydantic import Field, model_validator

from sweepflow.errors import Problem, TrialError
from sweepflow.fields.model import SpecModel
from sweepflow.fields.nearest import suggestion
from sweepflow.training.estimator.forms import is_sklearns

_COUNTERS = ("n_estimators", "max_iter")
"""The parameters by which scikit-learn's warm_start estimators grow."""


class Iterations(SpecModel, title="iterations"):
    """How an estimator reports while it trains: after every epoch, or whenever it has grown by a step."""

    epochs: int | None = Field(
        default=None, ge=1, description="Passes over the training data, by partial_fit; one interval each."
    )
    parameter: str | None = Field(
        default=None, description="The parameter that counts iterations, grown by warm_start: n_estimators."
    )
    step: int = Field(default=1, ge=1, description="How many iterations of that parameter make one interval.")

    @property
    def ceiling(self) -> str:
        """What ends the reports, as a spec names it."""
        return self.parameter or "trial.iterations.epochs"

    @model_validator(mode="after")
    def _has_one_kind(self) -> "Iterations":
        if (self.epochs is None) == (self.parameter is None):
            which = "neither" if self.epochs is None else "both"
            raise ValueError(f"exactly one of epochs and parameter must be given, got {which}")
        return self


def sizes(estimator: Any, iterations: Iterations) -> list[int]:
    """The value of the growing parameter at each interval.

    An ensemble counts all its members, so its values grow up to the total. Other estimators continue for
    that many more iterations, so each value is the number of further ones.
    """
    name = str(iterations.parameter)
    total = estimator.get_params()[name]
    if isinstance(total, bool) or not isinstance(total, int) or total < 1:
        raise TrialError(f"{name} must be a whole number >= 1 to grow in steps, got {total!r}")
    grown = [*range(iterations.step, total, iterations.step), total]
    if type(estimator).__module__.startswith("sklearn.ensemble."):
        return grown
    return [size - before for before, size in zip([0, *grown], grown, strict=False)]


def check_growing(estimator: str, parameter: str, parameters: Any) -> list[Problem]:
    """The problem with `iterations.parameter`, if that does not count iterations."""
    counters = [name for name in parameters if name in _COUNTERS or not is_sklearns(estimator)]
    if "warm_start" not in parameters or not counters:
        rule = f"{estimator} has no warm_start, so it cannot grow; leave iterations out"
    elif parameter not in parameters:
        rule = unknown_parameter(estimator, parameter, parameters)
    elif parameter not in counters:
        rule = f"'{parameter}' does not count iterations; did you mean '{counters[0]}'?"
    else:
        return []
    return [Problem("trial.iterations.parameter", rule)]


def unknown_parameter(estimator: str, name: str, parameters: Any) -> str:
    """The message about a parameter that an estimator lacks, with the nearest of those that it has."""
    near = difflib.get_close_matches(name, parameters, n=1)
    own = sorted(parameter for parameter in parameters if "__" not in parameter)
    return f"{estimator} has no parameter '{name}'; {suggestion(name, near or own)}"
