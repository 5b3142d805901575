"""An estimator as a spec has it: the path of its class, and the parameters that differ from its defaults."""

from importlib import import_module
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from sweepflow.errors import Problem, SpecError


def estimator_fields(estimator: BaseEstimator, field: str) -> dict[str, Any]:
    """The path of its class, and its parameters, if any; a pipeline's transformers are steps.

    SpecError, with this field of the spec, for a class that no other process can import.
    """
    if not isinstance(estimator, Pipeline):
        parameters = _parameters(estimator, field)
        named: dict[str, Any] = {"estimator": _path(type(estimator), field)}
        return {**named, "parameters": parameters} if parameters else named
    *steps, (_, last) = estimator.steps
    used = [(name, step) for name, step in steps if step is not None and step != "passthrough"]
    fields = estimator_fields(last, field)
    own = {f"{name}__{key}": value for name, step in used for key, value in _parameters(step, field).items()}
    parameters = {**own, **fields.get("parameters", {})}
    return {
        "steps": [{name: _path(type(step), field)} for name, step in used],
        **fields,
        **({"parameters": parameters} if parameters else {}),
    }


def _parameters(estimator: BaseEstimator, field: str) -> dict[str, Any]:
    """The parameters that are not the defaults; an estimator among them as its fields."""
    defaults = _defaults(estimator)
    return {
        name: _plain(value, field)
        for name, value in estimator.get_params(deep=False).items()
        if name not in defaults or repr(value) != repr(defaults[name])
    }


def _defaults(estimator: BaseEstimator) -> dict[str, Any]:
    try:
        defaults: dict[str, Any] = type(estimator)().get_params(deep=False)
    except TypeError:  # it has parameters without a default
        return {}
    return defaults


def _plain(value: Any, field: str) -> Any:
    if isinstance(value, BaseEstimator):
        return estimator_fields(value, field)
    if isinstance(value, list | tuple):
        return [_plain(member, field) for member in value]
    return value


def _path(cls: type, field: str) -> str:
    """The shortest path that the class can be imported from: `sklearn.ensemble.RandomForestClassifier`."""
    if cls.__module__ == "__main__":
        reason = f"the class {cls.__name__} is in this script or notebook alone, and the processes that train"
        rule = f"{reason} cannot import it: put it into a file, and import it from there"
        raise SpecError([Problem(field, rule)])
    parts = cls.__module__.split(".")
    modules = [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
    public = [m for m in modules if not any(part.startswith("_") for part in m.split("."))]
    module = next((m for m in public if getattr(import_module(m), cls.__name__, None) is cls), cls.__module__)
    return f"{module}.{cls.__name__}"
