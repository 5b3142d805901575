"""Estimators inside of others, made of what a spec says of them; `forms` says how it writes them."""

from collections.abc import Collection, Mapping
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from sweepflow.base.printable import brief
from sweepflow.errors import Problem, SpecError, TrialError
from sweepflow.training.boosters import Booster
from sweepflow.training.estimator.forms import ESTIMATOR, FORM, PARAMETERS, fault, is_part, named
from sweepflow.training.estimator.functions import function_at
from sweepflow.training.estimator.iterations import unknown_parameter
from sweepflow.training.estimator.loading import (
    NAMED_PARTS,
    bare,
    part_class,
    required,
    wants_estimator,
    wants_function,
    wants_named_parts,
)
from sweepflow.training.parameter_constraints import constraints_of


def made(whole: Any, name: str, value: Any, path: str) -> Any:
    """The value as the estimator takes it for its parameter: estimators and functions in place of paths.

    A list becomes a tuple where the class takes nothing else. SpecError with what is wrong and where, if the
    value stands at this path of the spec.
    """
    owner = type(whole)
    if is_part(value):
        return part(value, path)
    if _is_member(whole, name):
        return _named_part(owner, value, path)
    if wants_named_parts(owner, name):
        return [(each, _named_part(owner, what, where)) for each, what, where in named(value, path)]
    if isinstance(value, list) and not _takes(owner, name, value):
        return tuple(value) if _takes(owner, name, tuple(value)) else value
    if not isinstance(value, str) or "." not in value or _takes(owner, name, value):
        return value
    if wants_estimator(owner, name):
        return part(value, path)
    return function_at(value, path) if wants_function(owner, name) else value


def part(value: Mapping[str, Any] | str, path: str) -> BaseEstimator:
    """The unfitted estimator that a part, or its path, stands for; SpecError with what is wrong and where."""
    where = path if isinstance(value, str) else f"{path}.{ESTIMATOR}"
    given = {ESTIMATOR: value} if isinstance(value, str) else value
    name, parameters = given[ESTIMATOR], given.get(PARAMETERS) or {}
    if not isinstance(name, str):
        raise fault(where, f"must be the path of a class, got {brief(name)}")
    if not isinstance(parameters, Mapping):
        raise fault(f"{path}.{PARAMETERS}", f"must be a mapping, got {brief(parameters)}")
    try:
        cls = part_class(name)
        whole = bare(cls)
    except TrialError as error:
        raise fault(where, str(error)) from error
    except Exception as error:
        raise fault(where, f"'{name}' cannot be made from parameters: {error}") from error
    if lacking := [each for each in required(cls) if each not in parameters]:
        rule = f"{lacks(lacking)}, which {name} needs"
        raise fault(path if isinstance(value, str) else f"{path}.{PARAMETERS}", rule)
    return configured(whole, parameters, f"{path}.{PARAMETERS}", called=name)


def form_of(owner: type, name: str) -> str:
    """How a spec gives that parameter, which is an estimator, several of them, or a mapping."""
    if wants_named_parts(owner, name):
        return f"[{{name: {FORM}}}]"
    return FORM if wants_estimator(owner, name) else "{...}"


def lacks(names: Collection[str]) -> str:
    """The beginning of a message about required parameters that are not there."""
    return f"must have {' and '.join(names)}"


def configured(
    whole: Any, parameters: Mapping[str, Any], path: str, *, optional: Collection[str] = (), called: str = ""
) -> Any:
    """The estimator itself, with these parameters, those of its parts too; SpecError under this path.

    What lies below an `optional` name is left out where what stands there has no such parameter. With
    `called`, the estimator's path, any other name that it lacks is a problem.
    """
    others = with_parts(whole, parameters, path)
    if called or any(is_below(name, optional) for name in others):
        known = whole.get_params()
        others = {
            name: value for name, value in others.items() if name in known or not is_below(name, optional)
        }
        faults = {name: _refusal(whole, name, called, known) for name in others} if called else {}
        if problems := [Problem(f"{path}.{name}", fault) for name, fault in faults.items() if fault]:
            raise SpecError(problems)
    return whole.set_params(**others)


def _refusal(whole: Any, name: str, called: str, known: Collection[str]) -> str | None:
    """Why a spec may not set this parameter of a part; None if it may."""
    if isinstance(whole, Booster):
        return whole.names.refusal(name, called, whole.defaults(), is_trusted=False)
    return unknown_parameter(called, name, known) if name not in known or is_closed(name) else None


def with_parts(whole: Any, parameters: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Put the parts into the estimator; the other parameters, as it takes them.

    SpecError under this path.
    """
    others = dict(parameters)
    for name in sorted(others, key=lambda name: name.count("__")):  # a part comes before its own parameters
        value = others[name]
        place, _, own = name.rpartition("__")
        owner = None
        if value is None or isinstance(value, str | list | dict):
            owner = whole.get_params().get(place) if place else whole
        if not isinstance(owner, BaseEstimator):
            continue
        others[name] = made(owner, own, value, f"{path}.{name}")
        has_parts = isinstance(others[name], BaseEstimator) or wants_named_parts(type(owner), own)
        if has_parts and (own in owner.get_params(deep=False) or _is_member(owner, own)):
            whole.set_params(**{name: others.pop(name)})
    return others


def is_below(name: str, places: Collection[str]) -> bool:
    """Whether the parameter is one of what stands in one of these places."""
    return any(name.startswith(f"{place}__") for place in places)


def is_closed(name: str) -> bool:
    """Whether no spec may give the parameter: `memory` is a folder to write to, and to load pickles from."""
    return name.rpartition("__")[2] == "memory"


def _is_member(whole: Any, name: str) -> bool:
    """Whether that is the name of one of its named parts."""
    lists = [
        getattr(whole, each)
        for each in NAMED_PARTS
        if wants_named_parts(type(whole), each) and hasattr(whole, each)
    ]
    return any(name == member for members in lists for member, _ in members)


def _named_part(owner: type, value: Any, path: str) -> Any:
    if is_part(value):
        return part(value, path)
    nothing = "passthrough" if issubclass(owner, Pipeline) else "drop"
    if value is None or value == nothing:
        return nothing
    if isinstance(value, str):
        return part(value, path)
    raise fault(path, f"must be the path of a class, {FORM} or null, got {brief(value)}")


def _takes(owner: type, name: str, value: object) -> bool:
    constraints = constraints_of(owner, name)
    return not constraints or any(each.is_satisfied_by(value) for each in constraints)
