"""The steps between the preprocessing and the estimator: transformers with names."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationError, WithJsonSchema
from pydantic_core import InitErrorDetails, PydanticCustomError
from sklearn.pipeline import Pipeline

from sweepflow.base.printable import brief
from sweepflow.errors import Problem, SpecError
from sweepflow.fields.bounds import as_recorded
from sweepflow.training.estimator.composition import ESTIMATOR, FORM, configured, is_part, named, part
from sweepflow.trials.parameters import Parameters

PATH = "trial.steps"
_RESERVED = ("preprocess", "estimator")
_LEFT_OUT = (None, "passthrough")


def _listed(value: object) -> tuple[dict[str, Any], ...]:
    if value is None or value in ((), []):
        return ()
    try:
        found = list(named(value, ""))
        for _, what, place in found:
            check_form(what, place)
    except SpecError as error:
        [(path, message)] = error.problems
        kind = PydanticCustomError("steps", "{message}", {"message": message})
        where = tuple(int(each) if each.isdecimal() else each for each in path.split(".")[1:])
        details = InitErrorDetails(type=kind, loc=where, input=value)
        raise ValidationError.from_exception_data("steps", [details]) from None
    return tuple({name: as_recorded(what)} for name, what, _ in found)


Steps = Annotated[
    tuple[dict[str, Any], ...],
    BeforeValidator(_listed),
    WithJsonSchema({"type": "array", "items": {"type": "object"}}),
]
"""Each a mapping of one name to the path of a class, to a part, or to null."""


def check_form(value: object, path: str) -> None:
    """Raise SpecError if the value cannot stand for a step."""
    if value is not None and not isinstance(value, str) and not is_part(value):
        rule = f"must be the path of a class, {FORM} or null, got {brief(value)}"
        raise SpecError([Problem(path, rule)])


def step_names(steps: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of the steps, in their order."""
    return [name for step in steps for name in step]


def split_steps(names: Collection[str], parameters: Parameters) -> tuple[Parameters, Parameters]:
    """The parameters of the steps, themselves among them, and the others."""
    of_steps = {name: value for name, value in parameters.items() if name.partition("__")[0] in names}
    return of_steps, {name: value for name, value in parameters.items() if name not in of_steps}


def made_steps(
    steps: Sequence[Mapping[str, Any]], parameters: Parameters, drawn: Collection[str]
) -> list[tuple[str, Any]]:
    """The unfitted transformers that are not left out, by name.

    `parameters` are those of the steps. What a step has no parameter for does not count if the step itself is
    drawn, or left out.
    """
    values = {name: parameters.get(name, what) for step in steps for name, what in step.items()}
    kept = [
        (name, transformer(value, place_of(steps, name)))
        for name, value in values.items()
        if value not in _LEFT_OUT
    ]
    if not kept:
        return []
    own = {name: value for name, value in parameters.items() if name not in values}
    optional = {*drawn, *(name for name, value in values.items() if value in _LEFT_OUT)}
    return list(configured(Pipeline(kept), own, "trial.parameters", optional=optional).steps)


def place_of(steps: Sequence[Mapping[str, Any]], name: str) -> str:
    """Where the step stands in the spec."""
    return f"{PATH}.{step_names(steps).index(name)}.{name}"


def transformer(value: Any, path: str) -> Any:
    """The unfitted transformer that the value of a step stands for; SpecError if it is none."""
    check_form(value, path)
    made = part(value, path)
    if not hasattr(made, "transform"):
        name = value if isinstance(value, str) else value[ESTIMATOR]
        raise SpecError([Problem(path, f"'{name}' transforms nothing, so it cannot be a step")])
    return made


def check_names(steps: Sequence[Mapping[str, Any]], own: Collection[str]) -> Iterator[Problem]:
    """The names of steps that mean something else: `own` are the parameters of the estimator."""
    for name in step_names(steps):
        if name in _RESERVED:
            yield Problem(
                place_of(steps, name), f"a step must have another name than {' and '.join(_RESERVED)}"
            )
        elif name in own:
            yield Problem(place_of(steps, name), f"'{name}' is the name of a parameter of the estimator")
