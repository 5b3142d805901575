"""The ten expressions of a search space: what the values of one parameter are drawn from."""

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, TypeVar

import numpy as np
from pydantic import (
    BeforeValidator,
    Field,
    PlainValidator,
    SerializerFunctionWrapHandler,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    model_serializer,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from sweepflow.base.printable import brief
from sweepflow.fields.bounds import as_python, as_recorded, json_problem, plain_number, value_fault
from sweepflow.fields.union import ByType
from sweepflow.space.distributions import (
    LogNormal,
    LogUniform,
    Normal,
    QLogNormal,
    QLogUniform,
    QNormal,
    QUniform,
    RandInt,
    Uniform,
)
from sweepflow.space.expression import Branch, Drawn, part
from sweepflow.trials.parameters import Value, value_key


def _literal(value: object) -> Value:
    if isinstance(value, list | tuple | np.ndarray):
        return list(_recorded(value))
    value = plain_number(value)
    if fault := value_fault(value):
        raise PydanticCustomError("unrecordable", "{message}", {"message": fault})
    if isinstance(value, float) and not math.isfinite(value):
        raise PydanticCustomError("finite_number", "must be finite")
    if value is None or isinstance(value, bool):
        return value
    # A subclass may be written to JSON or compared in ways of its own.
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int | float):
        return int(value) if isinstance(value, int) else float(value)
    message = f"must be a number, a string, true, false, null or a list, got {brief(value)}"
    raise PydanticCustomError("scalar_type", "{message}", {"message": message})


def _value(value: object) -> Value:
    return dict(_recorded(value)) if isinstance(value, Mapping) else _literal(value)


def _recorded(value: object) -> Any:
    plain = as_python(value)
    if problem := json_problem(plain):
        location, rule = problem
        kind = PydanticCustomError("unrecordable", "{message}", {"message": rule})
        # The names of a mapping may be anything; those of an error's place are text or numbers.
        place = tuple(part if isinstance(part, int) else str(part) for part in location)
        details = InitErrorDetails(type=kind, loc=place, input=value)
        raise ValidationError.from_exception_data("value", [details])
    return as_recorded(plain)


def _member(value: object) -> "Value | Expression":
    if isinstance(value, Drawn | Mapping):
        return _EXPRESSION.validate_python(value)
    return _literal(value)


_LITERALS = TypeAdapter(tuple[Annotated[Any, PlainValidator(_literal)], ...])
_VALUES = TypeAdapter(tuple[Annotated[Any, PlainValidator(_value)], ...])
_BRANCHES = TypeAdapter(tuple[dict[str, Annotated[Any, PlainValidator(_member)]], ...])


def _choice_values(given: object, info: ValidationInfo) -> tuple[Any, ...]:
    values = given.tolist() if isinstance(given, np.ndarray) else given
    if not isinstance(values, list | tuple | range):
        raise PydanticCustomError("list_type", "must be a list")
    if not values:
        raise PydanticCustomError("empty_choice", "must have at least one value")
    if info.data.get("literal"):
        return _VALUES.validate_python(values)
    n_mappings = sum(isinstance(value, Mapping) for value in values)
    if 0 < n_mappings < len(values):
        rule = "must be all mappings, or none of them; mappings that are values themselves need literal: true"
        raise PydanticCustomError("mixed_choice", "{message}", {"message": rule})
    return (_BRANCHES if n_mappings else _LITERALS).validate_python(values)


_VALUES_SCHEMA = {
    "type": "array",
    "minItems": 1,
    "items": {"type": ["number", "string", "boolean", "null", "array", "object"]},
}


class Choice(Drawn):
    """One of the listed values, with equal weights.

    The values are all numbers, strings, booleans, null or lists, and with `literal` mappings such as class
    weights too; or all mappings of parameters, each name with a value or an expression of its own, which
    exist only when that branch is drawn.
    """

    type: Literal["choice"] = Field(default="choice", description="one of the values")
    literal: bool = Field(
        default=False,
        description="Whether mappings among the values are values themselves, such as class weights, and no "
        "branches.",
    )
    values: Annotated[tuple[Any, ...], BeforeValidator(_choice_values), WithJsonSchema(_VALUES_SCHEMA)] = (
        Field(description="The values; one that is listed twice has twice the weight.")
    )

    @model_serializer(mode="wrap")
    def _without_a_default(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields: dict[str, Any] = handler(self)
        return {name: value for name, value in fields.items() if name != "literal" or value}

    def _locate(self, value: Value, /) -> float | None:
        index = self._first_by_key.get(value_key(value))
        return None if index is None else (index + 0.5) / len(self.draws)

    def _draw(self, u: float, /) -> Value:
        return self.draws[part(u, len(self.draws))]

    @cached_property
    def _first_by_key(self) -> dict[str, int]:
        return {value_key(draw): index for index, draw in reversed(list(enumerate(self.draws)))}

    @property
    def _is_nested(self) -> bool:
        return isinstance(self.values[0], dict) and not self.literal

    @cached_property
    def draws(self) -> tuple[Value, ...]:
        """What each of the values counts as: itself, or of a branch the index of the first like it."""
        first: dict[str, int] = {}
        key = repr if self._is_nested else value_key
        indices = [first.setdefault(key(value), index) for index, value in enumerate(self.values)]
        return tuple(indices) if self._is_nested else tuple(self.values[index] for index in indices)

    @cached_property
    def options(self) -> tuple[Value, ...]:
        """The different draws in the order listed; 1, 1.0, true and "1" differ."""
        return tuple({value_key(draw): draw for draw in self.draws}.values())

    @property
    def n_values(self) -> int:
        """How many different values, or branches, are listed."""
        return len(self.options)

    def value_at(self, index: int) -> Value:
        """The option of that number."""
        return self.options[index]

    def in_base(self, base: float) -> "Choice":
        """The same, of whose branches the log types have this base."""
        if not self.branches:
            return self
        values = tuple(in_base(branch, base) for branch in self.values)
        if all(new is old for new, old in zip(values, self.values, strict=True)):
            return self
        return type(self).model_construct(set(self.model_fields_set), values=values)

    @cached_property
    def branches(self) -> dict[Any, Branch]:
        """The different branches by index, in the order listed; empty if the values are no mappings."""
        if not self._is_nested:
            return {}
        return {index: self.values[index] for index in self.options if isinstance(index, int)}


_Member = TypeVar("_Member")


def in_base(space: dict[str, _Member], base: float) -> dict[str, _Member]:
    """A space, or a branch of one, whose log types have this base; the very same if they have it already."""
    members = {name: each.in_base(base) if isinstance(each, Drawn) else each for name, each in space.items()}
    return space if all(members[name] is space[name] for name in space) else members


Expression = Annotated[
    Choice
    | RandInt
    | Uniform
    | QUniform
    | LogUniform
    | QLogUniform
    | Normal
    | QNormal
    | LogNormal
    | QLogNormal,
    ByType(),
]
_EXPRESSION: TypeAdapter[Expression] = TypeAdapter(Expression)
