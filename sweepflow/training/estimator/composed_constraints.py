"""The constraints of an estimator, of its parts and of the steps before it."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.ensemble import VotingClassifier, VotingRegressor

from sweepflow.base.printable import brief
from sweepflow.errors import Problem, SpecError
from sweepflow.fields.nearest import nearest
from sweepflow.training.estimator.composition import made
from sweepflow.training.estimator.forms import FORM, PARAMETERS, is_part, named
from sweepflow.training.estimator.functions import FUNCTIONS
from sweepflow.training.estimator.loading import wants_estimator, wants_function
from sweepflow.training.estimator.steps import transformer
from sweepflow.training.parameter_constraints import ParameterConstraints


class ComposedConstraints(ParameterConstraints):
    """Those of `ParameterConstraints`, by which a value may be a part, at any depth.

    `steps` are the transformers before the estimator by name, None where one is left out.
    """

    def __init__(self, estimator: BaseEstimator, steps: Mapping[str, Any] | None = None) -> None:
        super().__init__(estimator)
        self._steps = steps or {}

    def takes(self, name: str, value: object) -> bool:
        """Whether the parameter may have the value."""
        return not self.problems(name, value, "")

    def problems(self, name: str, value: object, path: str) -> list[Problem]:
        """Why the parameter cannot have the value, which stands at this path; empty if it can."""
        owner, own = self._owner(name)
        try:
            if name in self._steps:
                whole = None if value in (None, "passthrough") else transformer(value, path)
            else:
                whole = made(owner, own, value, path)
        except SpecError as error:
            return error.problems
        if name not in self._steps and not super().takes(name, whole):
            return [Problem(path, self._message(name, value))]
        if own == "weights" and isinstance(owner, VotingClassifier | VotingRegressor):
            fault = _fault_of_weights(owner, value)
            return [Problem(path, fault)] if fault else []
        return [problem for each in _parts_in(whole, value, path) for problem in _problems_of(*each)]

    def _message(self, name: str, value: object) -> str:
        owner, own = self._owner(name)
        if wants_function(type(owner), own) and isinstance(value, str):
            near = nearest(value, [path.rpartition(".")[2] for path in FUNCTIONS])
            paths = [path for path in FUNCTIONS if near and path.endswith(f".{near}")]
            hint = f"; did you mean {paths[0]}?" if paths else ""
            return f"{super()._message(name, value)}{hint}"
        if not wants_estimator(type(owner), own):
            return super()._message(name, value)
        return f"must be {FORM}, the path of an estimator or null, got {brief(value)}"

    def _owner(self, name: str) -> tuple[Any, str]:
        place, _, own = name.rpartition("__")
        is_of_steps = name.partition("__")[0] in self._steps
        return (self._parts_of_steps.get(place), own) if is_of_steps else super()._owner(name)

    @cached_property
    def _parts_of_steps(self) -> dict[str, Any]:
        given = {name: step for name, step in self._steps.items() if step is not None}
        inner = {
            f"{name}__{n}": each for name, step in given.items() for n, each in step.get_params().items()
        }
        return {**given, **inner}


def _fault_of_weights(voting: VotingClassifier | VotingRegressor, weights: object) -> str | None:
    """Why the parts of a blend cannot be weighted so; None if they can."""
    if not isinstance(weights, list | tuple):
        return None
    n = len(voting.estimators)
    if len(weights) != n:
        return f"must have a weight for each of the {n} estimators, got {brief(weights)}"
    if all(isinstance(each, int | float) and each >= 0 for each in weights) and any(weights):
        return None
    return f"must be numbers of at least 0, and not all 0, got {brief(weights)}"


def _parts_in(whole: Any, value: Any, path: str) -> list[tuple[Any, Mapping[str, Any], str]]:
    """Each part that was made of the value, with its parameters and where they stand."""
    if is_part(value):
        return [(whole, value.get(PARAMETERS) or {}, f"{path}.{PARAMETERS}")]
    if isinstance(whole, list) and isinstance(value, list) and all(isinstance(each, tuple) for each in whole):
        made_parts = dict(whole)
        return [
            found for n, what, place in named(value, path) for found in _parts_in(made_parts[n], what, place)
        ]
    return []


def _problems_of(whole: Any, parameters: Mapping[str, Any], path: str) -> list[Problem]:
    constraints = ComposedConstraints(whole)
    return [
        problem
        for name, value in parameters.items()
        for problem in constraints.problems(name, value, f"{path}.{name}")
    ]
