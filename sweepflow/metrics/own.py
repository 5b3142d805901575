"""Metrics of the user's own: functions that a spec names as package.module:name."""

import inspect
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from sweepflow.errors import SweepflowError, in_one_line
from sweepflow.importing.user_imports import import_user_module
from sweepflow.importing.user_modules import module_has_changed_since

_MARK = "__sweepflow_metric__"
_PREDICTED = ("prediction", "probabilities")
_FORM = "(truth, prediction) or (truth, probabilities), and may take weight"

F = TypeVar("F", bound=Callable[..., Any])


class OwnMetricError(SweepflowError, ValueError):
    """A metric of the user's own cannot be used; the message says why in one sentence."""


def metric(function: F) -> F:
    """Mark a function `(truth, prediction)` or `(truth, probabilities)` as a metric that a spec may name.

    It gets arrays with a value a row, and returns a number. Of two classes, `truth` and `prediction` hold 1
    for the positive one and 0 for the other, and `probabilities` are those of the positive one; of more
    classes they hold the target's own values, but beside `probabilities`, shape (rows, classes), `truth`
    holds the number of the class's column, in ascending order of the classes. Of several targets `truth` and
    `prediction` have the shape (rows, targets). A function that takes `weight`
    too gets how much each row counts; 1, where the data has no weights.
    """
    setattr(function, _MARK, True)
    return function


def is_own(name: str) -> bool:
    """Whether a metric is named as a function: package.module:name."""
    return re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", name) is not None


def module_of(name: str) -> str:
    """The module of a metric of the user's own."""
    return name.partition(":")[0]


def has_changed_since(name: str, time: datetime) -> bool:
    """Whether the file of an imported metric's module has changed since; what it imports is not checked."""
    return module_has_changed_since(module_of(name), time)


class OwnMetric(NamedTuple):
    """A function of the user's own, and what it takes."""

    name: str
    function: Callable[..., Any]
    takes: str
    """`prediction` or `probabilities`."""
    takes_weight: bool

    def value(
        self, truth: NDArray[Any], predicted: NDArray[Any], sample_weight: NDArray[Any] | None = None
    ) -> float:
        """The metric of these rows; OwnMetricError if the function fails or returns no number."""
        arguments: dict[str, Any] = {"truth": truth, self.takes: predicted}
        if self.takes_weight:
            weight = np.ones(len(truth)) if sample_weight is None else sample_weight
            arguments["weight"] = np.asarray(weight, dtype=np.float64)
        try:
            value = self.function(**arguments)
        except Exception as error:
            fault = f"{type(error).__name__}: {in_one_line(error)}"
            raise OwnMetricError(f"'{self.name}' failed: {fault}") from error
        try:
            return float(value)
        except (TypeError, ValueError) as error:
            kind = type(value).__name__
            raise OwnMetricError(f"'{self.name}' must return a number, got a {kind}") from error


def own_metric(name: str) -> OwnMetric:
    """The metric of this name; imports its module. OwnMetricError if there is none or it lacks the mark."""
    _, _, function_name = name.partition(":")
    try:
        module = import_user_module(module_of(name))
    except ImportError as error:
        raise OwnMetricError(str(error)) from error
    function = getattr(module, function_name, None)
    if not callable(function):
        marked = [key for key, value in vars(module).items() if getattr(value, _MARK, False)]
        hint = f"; it has {', '.join(marked)}" if marked else ""
        raise OwnMetricError(f"the module '{module_of(name)}' has no function '{function_name}'{hint}")
    if not getattr(function, _MARK, False):
        raise OwnMetricError(f"'{name}' is not a metric; put @sweepflow.metric above it")
    return _signed(name, function)


def _signed(name: str, function: Callable[..., Any]) -> OwnMetric:
    """The metric by the names of its parameters."""
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise OwnMetricError(f"'{name}' must be a plain function, without async or yield")
    signature = inspect.signature(function)
    parameters = signature.parameters
    takes = [each for each in _PREDICTED if each in parameters]
    known = {"truth", "weight", *takes}
    further = [p for p in parameters.values() if p.name not in known and p.default is p.empty]
    if "truth" not in parameters or len(takes) != 1 or further:
        raise OwnMetricError(f"'{name}' must take {_FORM}, but takes {signature}")
    return OwnMetric(name, function, takes[0], "weight" in parameters)
