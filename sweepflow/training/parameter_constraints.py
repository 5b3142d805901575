"""Checks values by scikit-learn's own parameter constraints, before anything is fitted."""

import difflib
import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer

from sweepflow.base.printable import brief
from sweepflow.errors import Problem
from sweepflow.training.preprocess import FIELDS
from sweepflow.training.preprocess_choice import possible
from sweepflow.trials.text_readings import probable_value

_IN_YAML = {
    "None": "null",
    "an instance of 'float'": "a float",
    "an instance of 'int'": "an int",
    "an instance of 'str'": "text",
    "an instance of 'dict'": "a mapping",
    "an array-like": "a list",
}
_MOST_SHOWN = 12
_BOOLEAN = re.compile(r"an instance of 'bool' or an instance of 'numpy\.bool_?'")
_RANDOM_STATE = ", an instance of 'numpy.random.mtrand.RandomState' or None"
_NOT_IN_YAML = ("an instance of ", "an object implementing", "a callable", "a sparse matrix", "numpy.")


class ParameterConstraints:
    """The constraints of an estimator and of the preprocessing before it, by the names that a spec uses.

    A parameter without known constraints, as of an estimator outside scikit-learn, takes any value.
    """

    def __init__(self, estimator: BaseEstimator) -> None:
        self._estimator = estimator
        self._known: dict[str, list[Any]] = {}

    def knows(self, name: str) -> bool:
        """Whether there are constraints for the parameter."""
        return bool(self._constraints_of(name))

    def takes(self, name: str, value: object) -> bool:
        """Whether the parameter may have the value."""
        constraints = self._constraints_of(name)
        return not constraints or any(each.is_satisfied_by(value) for each in constraints)

    def rule(self, name: str) -> str:
        """What the parameter takes: `an int in the range [1, inf) or null`."""
        parts = [part for each in self._constraints_of(name) if not each.hidden for part in _described(each)]
        shown = [part for part in parts if not part.startswith(_NOT_IN_YAML)] or parts
        *first, last = dict.fromkeys(shown)
        if len(first) > _MOST_SHOWN:
            first[_MOST_SHOWN // 2 : 1 - _MOST_SHOWN // 2] = ["..."]
        return f"{', '.join(first)} or {last}" if first else last

    def refusal(self, name: str, value: object) -> str | None:
        """Why the parameter cannot have the value, with what was probably meant; None if it can."""
        return None if self.takes(name, value) else self._message(name, value)

    def _message(self, name: str, value: object) -> str:
        return f"must be {self.rule(name)}, got {brief(value)}{self._hint(name, value)}"

    def problems(self, name: str, value: object, path: str) -> list[Problem]:
        """Why the parameter cannot have the value, which stands at this path; empty if it can."""
        fault = self.refusal(name, value)
        return [Problem(path, fault)] if fault else []

    def _hint(self, name: str, value: object) -> str:
        if isinstance(value, float) and value.is_integer() and self.takes(name, int(value)):
            return f"; write {int(value)}"
        if not isinstance(value, str):
            return ""
        meant = probable_value(value)
        if meant is not None and self.takes(name, meant[0]):
            return f", which is text; write {meant[1]}"
        near = difflib.get_close_matches(value.lower(), self._options(name), n=1)
        return f"; did you mean {near[0]!r}?" if near else ""

    def _options(self, name: str) -> Sequence[str]:
        visible = (each for each in self._constraints_of(name) if not each.hidden)
        options = (option for each in visible for option in getattr(each, "options", ()))
        return sorted(option for option in options if isinstance(option, str))

    def _constraints_of(self, name: str) -> list[Any]:
        if name not in self._known:
            field = name.removeprefix("preprocess__")
            owner, own = self._owner(name)
            self._known[name] = (
                _one_of(possible(self._estimator, field))
                if name != field and field in FIELDS
                else constraints_of(type(owner), own)
            )
        return self._known[name]

    def _owner(self, name: str) -> tuple[Any, str]:
        """The object that has the parameter, and the parameter's name there."""
        if not name.startswith("preprocess__"):
            place, _, own = f"estimator__{name}".rpartition("__")
            return self._of_estimator.get(place), own
        from sweepflow.training.preprocessor import every_step  # here: it imports what reads columns

        place, _, own = name.removeprefix("preprocess__").rpartition("__")
        owners = (steps.get(place) for steps in every_step() if f"{place}__{own}" in steps)
        return (next(owners, None), own) if place else (ColumnTransformer([]), own)

    @cached_property
    def _of_estimator(self) -> dict[str, Any]:
        own = {f"estimator__{name}": part for name, part in self._estimator.get_params().items()}
        return {**own, "estimator": self._estimator}


def constraints_of(owner: type, name: str) -> list[Any]:
    """The constraints of one parameter; empty if there are none, or scikit-learn has them in another form."""
    # An estimator with its own `fit` may change a value before scikit-learn sees it.
    module = getattr(getattr(owner, "fit", None), "__module__", "")
    if not module.startswith(("sklearn.", "sweepflow.")):
        return []
    by_name = getattr(owner, "_parameter_constraints", {})
    constraints = by_name.get(name) if isinstance(by_name, dict) else None
    if not isinstance(constraints, list):
        return []
    try:
        from sklearn.utils._param_validation import make_constraint

        return [make_constraint(constraint) for constraint in constraints]
    except (ImportError, TypeError, ValueError):
        return []


def _one_of(values: Sequence[str]) -> list[Any]:
    """The constraints of a parameter that is one of these texts, or null."""
    try:
        from sklearn.utils._param_validation import StrOptions, make_constraint

        return [make_constraint(constraint) for constraint in (StrOptions(set(values)), None)]
    except ImportError:
        return []


def _described(constraint: Any) -> list[str]:
    """The values that it takes: each of its options, or one kind of value."""
    options = getattr(constraint, "options", None)
    if not options:
        text = _BOOLEAN.sub("true or false", str(constraint).replace(_RANDOM_STATE, " or null"))
        return [_IN_YAML.get(text, text)]
    deprecated = getattr(constraint, "deprecated", ())
    return sorted(repr(option) for option in options if option not in deprecated)
