"""What every expression of a search space has in common, and every one that draws a number."""

import math
from collections.abc import Iterator
from typing import Self, TypeGuard

from pydantic import ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from sweepflow.trial import Scalar
from sweepflow.unions import SpecModel

MAX_EXPONENT = 709
"""exp(710) is greater than any float."""

RESOLUTION = 2**53
"""A float in [0, 1) is a whole number of these parts."""

LAST = math.nextafter(1.0, 0.0)
ROUNDING = 1e-9


def power(base: float, exponent: float) -> float:
    """base ** exponent, for base e as exact as exp; OverflowError beyond the floats."""
    return math.exp(exponent) if base == math.e else float(base**exponent)


def part(u: float, n: int) -> int:
    """Which of n equal parts of [0, 1) holds u; exact for any n."""
    return int(u * RESOLUTION) * n // RESOLUTION


class Drawn(SpecModel):
    """What every expression has in common."""

    type: str

    def quantile(self, u: float, base: float = math.e) -> Scalar:
        """The value at `u` in [0, 1): the inverse of the distribution function.

        The log types take their draw as an exponent of `base`; OverflowError beyond the floats.
        """
        return self._draw(u, base)

    def coordinate(self, value: Scalar, base: float = math.e) -> float | None:
        """A `u` in [0, 1) at which `quantile` gives this value, but for rounding; None if there is none.

        Of many such `u`, it is one in their middle. A normal type takes every number.
        """
        return self._locate(value, base)

    def _draw(self, u: float, base: float, /) -> Scalar:
        raise NotImplementedError

    def _locate(self, value: Scalar, base: float, /) -> float | None:
        raise NotImplementedError

    @model_validator(mode="after")
    def _refuse_impossible(self) -> Self:
        faults = [
            InitErrorDetails(
                type=PydanticCustomError("impossible", "{message}", {"message": message}),
                loc=(field,) if field else (),
                input=getattr(self, field, self),
            )
            for field, message in self._faults()
        ]
        if faults:
            raise ValidationError.from_exception_data(self.type, faults)
        return self

    def _faults(self) -> Iterator[tuple[str, str]]:
        """What no single field can know: a field's name (empty: the whole) and what is wrong with it."""
        yield from ()


class Continuous(Drawn):
    """Draws a number by a distribution function that has an inverse."""

    @property
    def greatest(self) -> float:
        """No draw's absolute value is greater than this; infinite beyond the floats."""
        raise NotImplementedError

    def _locate(self, value: Scalar, base: float, /) -> float | None:
        return within(self._position(value, base)) if is_number(value) else None

    def _draw(self, u: float, base: float, /) -> float:
        raise NotImplementedError

    def _position(self, value: float, base: float, /) -> float:
        """The share of draws below the value; beyond [0, 1] if the value is beyond the bounds."""
        raise NotImplementedError


def logarithm(value: float, base: float) -> float:
    """The exponent of the base that gives the value; -inf for what no exponent gives."""
    return math.log(value) / math.log(base) if value > 0 else -math.inf


def is_number(value: Scalar) -> TypeGuard[float]:
    """Whether it is a finite number; `true` is none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def within(u: float) -> float | None:
    """The coordinate, made to lie in [0, 1) if only rounding has put it outside; else None."""
    return min(max(0.0, u), LAST) if -ROUNDING <= u <= 1 + ROUNDING else None


def exp(exponent: float) -> float:
    """e ** exponent; infinite beyond the floats."""
    return math.exp(exponent) if exponent <= MAX_EXPONENT else math.inf
