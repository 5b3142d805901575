"""What all models of a spec have in common: they are frozen and strict, with errors in the user's words."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from sweepflow.errors import SpecError
from sweepflow.fields.nearest import probably, suggestion
from sweepflow.fields.problems import problems


def no_boolean(value: object) -> object:
    """The value; an error if it is a boolean, which pydantic would take for 0 or 1."""
    if isinstance(value, bool):
        raise PydanticCustomError("number_type", "must be a number, got {value}", {"value": value})
    return value


def lowered(value: object) -> object:
    """The value, a string in lower case."""
    return value.lower() if isinstance(value, str) else value


def none_as_empty(value: object) -> object:
    """The value, or an empty mapping for a field that is left empty."""
    return {} if value is None else value


Number = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(no_boolean)]
"""A finite number; `true` is not one."""

WholeNumber = Annotated[int, BeforeValidator(no_boolean)]
"""A whole number; `true` is not one."""

Seed = Annotated[int, Field(ge=0, lt=2**63), BeforeValidator(no_boolean)]
"""What random draws start from: a whole number from 0 up to the greatest of 63 bits; `true` is not one."""


def _for_forms(schema: dict[str, Any]) -> None:
    """Make a member of a union show its type as the title of its form, and as the first field."""
    fields = schema["properties"]
    if "const" in fields.get("type", {}):
        kind = {"description": "What this is.", **fields["type"]}
        schema.update(title=kind["const"], properties={"type": kind} | fields | {"type": kind})


class SpecModel(BaseModel):
    """A frozen part of a spec, which refuses unknown fields and names the nearest known one."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=_for_forms)

    @classmethod
    def parse(cls, fields: Mapping[str, Any]) -> Self:
        """The model with these fields; SpecError with all their problems."""
        try:
            return cls.model_validate(dict(fields))
        except ValidationError as error:
            raise SpecError(problems(error)) from error

    @model_validator(mode="wrap")
    @classmethod
    def _name_unknown_fields(cls, value: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        return validate(cls, value, handler)


_M = TypeVar("_M", bound=BaseModel)


def validate(model: type[_M], value: object, handler: Callable[[object], _M]) -> _M:
    """The value as the handler validates it; an error about an unknown field names the nearest known one.

    A field that is missing because it is misspelt is one error, not two.
    """
    try:
        return handler(value)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        unknown = [str(fault["loc"][0]) for fault in faults if _is_unknown_field(fault)]
        if not unknown:
            raise
        meant = [(probably(name, _names(model)),) for name in unknown]
        told = [fault for fault in faults if fault["type"] != "missing" or fault["loc"] not in meant]
        line_errors = [_with_suggestion(model, fault) for fault in told]
        raise ValidationError.from_exception_data(error.title, line_errors) from None


def _is_unknown_field(fault: ErrorDetails) -> bool:
    return fault["type"] == "extra_forbidden" and len(fault["loc"]) == 1


def _with_suggestion(model: type[BaseModel], fault: ErrorDetails) -> InitErrorDetails:
    context = {key: value for key, value in fault.get("ctx", {}).items() if key != "error"}
    kind = PydanticCustomError(fault["type"], fault["msg"], context)
    if _is_unknown_field(fault):
        name = str(fault["loc"][0])
        context = {"name": name, "suggestion": suggestion(name, _names(model))}
        kind = PydanticCustomError("unknown_field", "unknown field '{name}'; {suggestion}", context)
    return InitErrorDetails(type=kind, loc=fault["loc"], input=fault["input"])


def _names(model: type[BaseModel]) -> list[str]:
    """The names of the model's fields, as they are written in a spec."""
    return [field.alias or name for name, field in model.model_fields.items()]
