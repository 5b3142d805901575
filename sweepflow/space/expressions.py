"""The ten expressions of a search space: what the values of one parameter are drawn from."""

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, TypeVar

import numpy as np
from pydantic import BeforeValidator, Field, PlainValidator, TypeAdapter, WithJsonSchema
from pydantic_core import PydanticCustomError

from sweepflow.base.printable import brief
from sweepflow.fields.bounds import plain_number, value_fault
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
from sweepflow.trials.parameters import Scalar


def _literal(value: object) -> Scalar:
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
    message = f"must be a number, a string, true, false or null, got {brief(value)}"
    raise PydanticCustomError("scalar_type", "{message}", {"message": message})


def _member(value: object) -> "Scalar | Expression":
    if isinstance(value, Drawn | Mapping):
        return _EXPRESSION.validate_python(value)
    return _literal(value)


_LITERALS = TypeAdapter(tuple[Annotated[Any, PlainValidator(_literal)], ...])
_BRANCHES = TypeAdapter(tuple[dict[str, Annotated[Any, PlainValidator(_member)]], ...])


def _choice_values(given: object) -> tuple[Any, ...]:
    values = given.tolist() if isinstance(given, np.ndarray) else given
    if not isinstance(values, list | tuple | range):
        raise PydanticCustomError("list_type", "must be a list")
    if not values:
        raise PydanticCustomError("empty_choice", "must have at least one value")
    n_mappings = sum(isinstance(value, Mapping) for value in values)
    if 0 < n_mappings < len(values):
        raise PydanticCustomError("mixed_choice", "must be all mappings, or none of them")
    return (_BRANCHES if n_mappings else _LITERALS).validate_python(values)


_VALUES_SCHEMA = {
    "type": "array",
    "minItems": 1,
    "items": {"type": ["number", "string", "boolean", "null", "object"]},
}


class Choice(Drawn):
    """One of the listed values, with equal weights.

    The values are all numbers, strings, booleans or null; or all mappings of parameters, each name with
    a value or an expression of its own, which exist only when that branch is drawn.
    """

    type: Literal["choice"] = Field(default="choice", description="one of the values")
    values: Annotated[tuple[Any, ...], BeforeValidator(_choice_values), WithJsonSchema(_VALUES_SCHEMA)] = (
        Field(description="The values; one that is listed twice has twice the weight.")
    )

    def _locate(self, value: Scalar, /) -> float | None:
        index = self._first_by_repr.get(repr(value))
        return None if index is None else (index + 0.5) / len(self.draws)

    def _draw(self, u: float, /) -> Scalar:
        return self.draws[part(u, len(self.draws))]

    @cached_property
    def _first_by_repr(self) -> dict[str, int]:
        return {repr(draw): index for index, draw in reversed(list(enumerate(self.draws)))}

    @cached_property
    def draws(self) -> tuple[Scalar, ...]:
        """What each of the values counts as: itself, or of a branch the index of the first like it."""
        first: dict[str, int] = {}
        indices = [first.setdefault(repr(value), index) for index, value in enumerate(self.values)]
        is_nested = isinstance(self.values[0], dict)
        return tuple(indices) if is_nested else tuple(self.values[index] for index in indices)

    @cached_property
    def options(self) -> tuple[Scalar, ...]:
        """The different draws in the order listed; 1, 1.0, true and "1" differ."""
        return tuple({repr(draw): draw for draw in self.draws}.values())

    @property
    def n_values(self) -> int:
        """How many different values, or branches, are listed."""
        return len(self.options)

    def value_at(self, index: int) -> Scalar:
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
    def branches(self) -> dict[Scalar, Branch]:
        """The different branches by index, in the order listed; empty if the values are no mappings."""
        if not isinstance(self.values[0], dict):
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
