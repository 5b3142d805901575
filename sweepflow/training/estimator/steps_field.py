"""How a spec writes the steps between the preprocessing and the estimator."""

from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationError, WithJsonSchema
from pydantic_core import InitErrorDetails, PydanticCustomError

from sweepflow.base.printable import brief
from sweepflow.errors import Problem, SpecError
from sweepflow.fields.bounds import as_recorded
from sweepflow.training.estimator.forms import FORM, is_part, named


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
