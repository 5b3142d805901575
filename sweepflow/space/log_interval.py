"""A range of positive numbers, all orders of magnitude alike, given by its values or by their logarithms."""

import math
from collections.abc import Iterator
from typing import Any

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    field_validator,
    model_serializer,
)

from sweepflow.fields.model import Number
from sweepflow.space.expression import MAX_EXPONENT, Logarithmic, exp, logarithm, power

_VALUES, _LOGARITHMS = ("low", "high"), ("min_value", "max_value")


class LogInterval(Logarithmic):
    """Exactly one of the two pairs is given, and both of it; the other one is None."""

    low: Number | None = Field(default=None, gt=0, description="The smallest value itself: 0.0025.")
    high: Number | None = Field(default=None, gt=0, description="The greatest value itself: 0.37.")
    min_value: Number | None = Field(
        default=None,
        description="Natural logarithm of the smallest value: -6 stands for exp(-6) = 0.0025; or write low.",
    )
    max_value: Number | None = Field(
        default=None,
        description="Natural logarithm of the greatest value: -1 stands for exp(-1) = 0.37; or write high.",
    )

    @property
    def greatest(self) -> float:
        """The greatest value."""
        return self.high if self.high is not None else exp(self.max_value or 0.0)

    @property
    def exponents(self) -> tuple[float, float]:
        """The ends of the range as exponents of the base, which `low` and `high` do not depend on."""
        if self.low is not None and self.high is not None:
            return logarithm(self.low, self.base), logarithm(self.high, self.base)
        return self.min_value or 0.0, self.max_value or 0.0

    def _draw(self, u: float, /) -> float:
        if self.low is not None and self.high is not None:
            width = math.log(self.high) - math.log(self.low)
            return min(self.low * math.exp(u * width), self.high)
        first, last = self.exponents
        return power(self.base, min(first + u * (last - first), last))

    def _position(self, value: float, /) -> float:
        first, last = self.exponents
        return (logarithm(value, self.base) - first) / (last - first)

    @field_validator(*_VALUES, mode="before")
    @classmethod
    def _refuse_logarithm(cls, value: object) -> object:
        if isinstance(value, int | float) and value < 0:
            raise ValueError(f"must be > 0, got {value:g}; logarithms are min_value and max_value")
        return value

    @field_validator(_VALUES[1], _LOGARITHMS[1])
    @classmethod
    def _refuse_no_interval(cls, last: float | None, info: ValidationInfo) -> float | None:
        # Not in _faults, which are looked for only where each field, such as q, is right on its own.
        name = _VALUES[0] if info.field_name == _VALUES[1] else _LOGARITHMS[0]
        first = info.data.get(name)
        if last is None or first is None:
            return last
        ends = map(math.log, (first, last)) if name == _VALUES[0] else (first, last)
        before, after = ends
        if before >= after:
            raise ValueError(f"must be > {name} ({first:g}), got {last:g}")
        if math.isinf(after - before):
            raise ValueError(f"must be less than 1.8e308 above {name}, got {last:g}")
        return last

    def _faults(self) -> Iterator[tuple[str, str]]:
        given = [name for name in (*_VALUES, *_LOGARITHMS) if getattr(self, name) is not None]
        if len(given) == 1:
            pair = _VALUES if given[0] in _VALUES else _LOGARITHMS
            yield next(name for name in pair if name not in given), "is required"
        elif tuple(given) not in (_VALUES, _LOGARITHMS):
            rule = "must have low and high, which are values, or min_value and max_value, their logarithms"
            yield "", f"{rule}, got {' and '.join(given) or 'neither'}"
        elif self.low and self.high and math.log(self.high) - math.log(self.low) > MAX_EXPONENT:
            yield "high", f"must be at most {math.exp(MAX_EXPONENT):.2g} times low, got {self.high:g}"
        elif self.max_value is not None and self.max_value > MAX_EXPONENT:
            rule = f"must be <= {MAX_EXPONENT}, got {self.max_value:g}; bounds are natural logarithms"
            yield "max_value", rule + self._as_values()

    def _as_values(self) -> str:
        """How to say it if the logarithms are meant as values; empty if they cannot be any."""
        if self.min_value is None or self.max_value is None or self.min_value <= 0:
            return ""
        ends = f"low: {self.min_value:g}, high: {self.max_value:g}"
        return f"; for values from {self.min_value:g} to {self.max_value:g} write {ends}"

    @model_serializer(mode="wrap")
    def _without_the_other_pair(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields: dict[str, Any] = handler(self)
        return {name: value for name, value in fields.items() if value is not None}
