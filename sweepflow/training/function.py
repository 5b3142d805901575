"""A trial that is a function of the user's own."""

import inspect
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from numpy.typing import NDArray
from pydantic import Field, field_validator

from sweepflow.base.files import private_folder
from sweepflow.base.settings import allow_function_module, function_modules, not_allowed
from sweepflow.data.prepared import load_part, load_roles
from sweepflow.data.roles import NO_ROLES, Roles
from sweepflow.errors import Problem, TrialError
from sweepflow.fields.bounds import LONGEST_NAME
from sweepflow.importing.user_imports import import_user_module
from sweepflow.importing.user_modules import imported_folder, module_has_changed_since
from sweepflow.training.job import OUTPUTS, Job, Reporter, Trained
from sweepflow.training.kind import OtherParts, TrialKind
from sweepflow.training.report import Report
from sweepflow.training.shipped_functions import is_shipped, shipped_module

if TYPE_CHECKING:
    from pandas import DataFrame
else:  # no spec needs pandas; who asks for the types of `TrainingData` must find one
    DataFrame = Any

_MARK = "__sweepflow_trainer__"

_ARGUMENTS = ("parameters", "data", "report")

_PROGRAMS = ("__main__", "__mp_main__")
"""What Python calls the module of the program that runs, whatever its file is called."""

F = TypeVar("F", bound=Callable[..., Any])


def trainer(function: F) -> F:
    """Mark a function `(parameters, data, report) -> model` as one that a spec may name.

    `parameters` is a dict of this trial's parameters; `data` a `TrainingData`, or None if the spec has no
    data; `report` a `Report`: `report(metric=value, ...)` logs at the trial's next interval, `report.folder`
    keeps files. The model may be None.
    """
    setattr(function, _MARK, True)
    return function


def is_trainer(function: object) -> bool:
    """Whether the function is marked with `@trainer`."""
    return bool(getattr(function, _MARK, False))


@dataclass(frozen=True)
class TrainingData:
    """The prepared training and validation rows: raw feature columns, and the target.

    Several targets are arrays of the shape (rows, targets), in the order in which the spec names them.
    `roles_train.weight`, `.group` and `.time` are those of the columns that `data` names so; else None.
    """

    X_train: DataFrame
    y_train: NDArray[Any]
    X_validation: DataFrame
    y_validation: NDArray[Any]
    roles_train: Roles = NO_ROLES
    roles_validation: Roles = NO_ROLES


class FunctionTrial(TrialKind):
    """Train by calling a Python function marked with `@trainer`."""

    runs_programs: ClassVar[bool] = True

    function: str = Field(
        max_length=LONGEST_NAME,
        description="The function as package.module:name; it is marked with @sweepflow.trainer.",
    )

    @field_validator("function")
    @classmethod
    def _has_module_and_name(cls, function: str) -> str:
        if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", function):
            module, _, name = function.rpartition(".")
            is_dotted = re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", function) and module
            hint = f"; did you mean '{module}:{name}'?" if is_dotted else ""
            raise ValueError(f"must be package.module:name, got {function!r}{hint}")
        return function

    @property
    def module(self) -> str:
        """The name of the function's module."""
        return self.function.partition(":")[0]

    @property
    def root(self) -> Path | None:
        """The folder that its module has been imported from; None if that is no folder of files."""
        return imported_folder(self.module)

    @property
    def label(self) -> str:
        """What it trains, for people."""
        return self.function

    @property
    def own_modules(self) -> tuple[str, ...]:
        """The package of the function."""
        return (self.module.partition(".")[0],)

    def has_changed_since(self, time: datetime) -> bool:
        """Whether the file of its module has changed since; modules that it imports are not checked."""
        return module_has_changed_since(self.module, time)

    def check(self, names: frozenset[str], *, is_trusted: bool) -> list[Problem]:  # noqa: ARG002
        """The problems that keep the function from being called.

        Unless the spec comes from the user's own shell or code (`is_trusted`), its module must be
        allowed, and is not imported before that is known: an import runs code.
        """
        if not is_trusted and self.module not in function_modules():
            return [Problem("trial.function", not_allowed(self.module))]
        if self._is_in_this_process_only:
            return [Problem("trial.function", self._not_in_file)]
        try:
            reason = _why_uncallable(self.load())
        except TrialError as error:
            is_file = self.module.endswith(".py")
            hint = f"; write {self.function.replace('.py:', ':')}, without .py" if is_file else ""
            return [Problem("trial.function", f"{error}{hint}")]
        return [Problem("trial.function", f"'{self.function}' {reason}")] if reason else []

    def allow_in_deployments(self, parts: OtherParts) -> None:  # noqa: ARG002
        """Add its module to those that may be imported."""
        allow_function_module(self.module)

    def warm_up(self) -> None:
        """Import the function, but not the package that writes models: most functions have no model."""
        self.load()

    @property
    def _is_in_this_process_only(self) -> bool:
        """Whether the module is in this process, and in no file that another process could import."""
        module = sys.modules.get(self.module)
        return module is not None and (self.module in _PROGRAMS or getattr(module, "__spec__", None) is None)

    @property
    def _not_in_file(self) -> str:
        name = self.function.partition(":")[2]
        return (
            f"the module '{self.module}' is in this process alone, a script or a notebook, and the processes "
            f"that train cannot import it; pass the function itself, tune(trial={name}, ...), or put it "
            f"into a file, such as training.py, and write training:{name}"
        )

    def load(self) -> Callable[..., Any]:
        """The function itself; TrialError if there is none, or it lacks the mark."""
        name = self.function.partition(":")[2]
        module = _import(self.module)
        function = getattr(module, name, None)
        if not callable(function):
            marked = [key for key, value in vars(module).items() if is_trainer(value)]
            hint = f"; it has {', '.join(marked)}" if marked else ""
            raise TrialError(f"the module '{self.module}' has no function '{name}'{hint}")
        if not is_trainer(function):
            raise TrialError(f"'{self.function}' is not a trainer; put @sweepflow.trainer above it")
        return function  # type: ignore[no-any-return]

    def train(self, job: Job, report: Reporter) -> Trained:
        """Call the function; there is no model if it was stopped before it returned one."""
        data = _training_data(job) if job.data else None
        function, began = self.load(), time.perf_counter()
        with _outputs(job) as folder:
            model = function(dict(job.parameters), data, Report(folder, report))
        if model is None:
            return Trained(None, {})
        seconds = time.perf_counter() - began
        return Trained(lambda: model, {}, costs=_costs(model, data, seconds))


def _costs(model: object, data: TrainingData | None, seconds: float) -> dict[str, float]:
    """What the model costs; of one that is not scikit-learn's, which may do anything, only the seconds."""
    sklearn = sys.modules.get("sklearn.base")  # it is not imported to ask this
    if sklearn is None or not isinstance(model, sklearn.BaseEstimator):
        return {"fit_seconds": seconds}
    from sweepflow.training.costs import costs_of

    return costs_of(model, None if data is None else data.X_validation.iloc[:1], seconds)


def _why_uncallable(function: Callable[..., Any]) -> str | None:
    """Why no trial could call the function; None if one can, or that cannot be known."""
    has_other_form = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
    if any(is_such(function) for is_such in has_other_form):
        return "must be a plain function, without async or yield"
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    try:
        signature.bind(*_ARGUMENTS)
    except TypeError:
        return f"must take ({', '.join(_ARGUMENTS)}), but takes {signature}"
    return None


def _import(name: str) -> ModuleType:
    if is_shipped(name):
        return _shipped(name)
    try:
        return import_user_module(name)
    except ImportError as error:
        raise TrialError(str(error)) from error


def _shipped(name: str) -> ModuleType:
    try:
        return shipped_module(name)
    except FileNotFoundError as error:
        raise TrialError(f"the function of the notebook is gone ({error.filename}): pass it again") from error
    except Exception as error:  # what it refers to may be missing here
        raise TrialError(
            f"the function '{name}' cannot be loaded: {type(error).__name__}: {error}"
        ) from error


@contextmanager
def _outputs(job: Job) -> Iterator[Path]:
    """The folder for what the function writes: in the trial's own, else one that is deleted afterwards."""
    if job.folder is not None:
        yield private_folder(job.folder / OUTPUTS)
    else:
        with TemporaryDirectory() as folder:
            yield Path(folder)


def _training_data(job: Job) -> TrainingData:
    from sweepflow.data.prepared import features_and_target

    data = job.needed_data
    train = features_and_target(load_part(data.folder, "train"), data)
    validation = features_and_target(load_part(data.folder, "validation"), data)
    return TrainingData(*train, *validation, load_roles(data, "train"), load_roles(data, "validation"))
