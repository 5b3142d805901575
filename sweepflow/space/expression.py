"""What every expression of a search space has in common, and every one that draws a number."""

import math
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self, TypeGuard

from pydantic import PrivateAttr, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from sweepflow.fields.model import SpecModel
from sweepflow.trials.parameters import Value

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
    """What every expression has in common, and what others need to know of it."""

    type: str

    is_log: ClassVar[bool] = False
    """Whether it draws the logarithm of its values, so that orders of magnitude are alike."""

    is_bounded: ClassVar[bool] = True
    """Whether no draw lies beyond two values that can be named: the normal types have tails."""

    @property
    def step(self) -> float | None:
        """What all its values are whole multiples of; None if there is no such number."""
        return None

    @property
    def ends(self) -> tuple[float | None, float | None]:
        """The values at the two ends of its range; None for an end that is open, and where there is no range.

        Infinite beyond the floats.
        """
        return None, None

    @property
    def n_values(self) -> int | None:
        """How many different values, or branches, it has; None if they cannot be counted."""
        return None

    @property
    def draws(self) -> tuple[Value, ...]:
        """The values that are listed, each as often as it is listed; empty if it draws from a range."""
        return ()

    @property
    def options(self) -> tuple[Value, ...]:
        """The different values that are listed, in their order; empty if it draws from a range."""
        return ()

    @property
    def branches(self) -> Mapping[Any, "Branch"]:
        """The different branches by index, in the order listed; empty if its values are no branches."""
        return {}

    def value_at(self, index: int) -> Value:  # noqa: ARG002
        """The value of that number, from 0 up to, not including, `n_values`."""
        raise ValueError(f"{self.type} has no finite number of values")

    def in_base(self, base: float) -> Self:  # noqa: ARG002
        """The same with this base of the logarithms, if it is a log type or has some in its branches."""
        return self

    def quantile(self, u: float) -> Value:
        """The value at `u` in [0, 1): the inverse of the distribution function.

        The log types take their draw as an exponent of their base; OverflowError beyond the floats.
        """
        return self._draw(u)

    def coordinate(self, value: Value) -> float | None:
        """A `u` in [0, 1) at which `quantile` gives this value, but for rounding; None if there is none.

        Of many such `u`, it is one in their middle. A normal type takes every number.
        """
        return self._locate(value)

    @abstractmethod
    def _draw(self, u: float, /) -> Value: ...

    @abstractmethod
    def _locate(self, value: Value, /) -> float | None: ...

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


Branch = Mapping[str, Value | Drawn]
"""The parameters of a branch: each has a value, or what it is drawn from."""


class Continuous(Drawn):
    """Draws a number by a distribution function that has an inverse."""

    @property
    @abstractmethod
    def greatest(self) -> float:
        """No draw's absolute value is greater than this; infinite beyond the floats."""

    @property
    def ends(self) -> tuple[float | None, float | None]:
        """The values at the two ends of its range."""
        return self._end(0.0), self._end(LAST)

    def _end(self, u: float) -> float:
        try:
            return self._draw(u)
        except OverflowError:
            return math.inf

    def _locate(self, value: Value, /) -> float | None:
        return within(self._position(value)) if is_number(value) else None

    def _draw(self, u: float, /) -> float:
        raise NotImplementedError

    @abstractmethod
    def _position(self, value: float, /) -> float:
        """The share of draws below the value; beyond [0, 1] if the value is beyond the bounds."""


class Logarithmic(Continuous):
    """Draws the logarithm of a positive number; `in_base` makes it one to another base than e."""

    is_log: ClassVar[bool] = True
    _base: float = PrivateAttr(default=math.e)

    @property
    def base(self) -> float:
        """What a draw is the exponent of."""
        return self._base

    def in_base(self, base: float) -> Self:
        """The same with this base of the logarithms."""
        if base == self._base:
            return self
        copy = self.model_copy()
        copy._base = base
        return copy

    def __repr_args__(self) -> Any:
        """Its fields, and its base where that is not the usual one."""
        yield from super().__repr_args__()
        if self._base != math.e:
            yield "base", self._base


def logarithm(value: float, base: float) -> float:
    """The exponent of the base that gives the value; -inf for what no exponent gives."""
    return math.log(value) / math.log(base) if value > 0 else -math.inf


def is_number(value: Value) -> TypeGuard[float]:
    """Whether it is a finite number; `true` is none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def within(u: float) -> float | None:
    """The coordinate, made to lie in [0, 1) if only rounding has put it outside; else None."""
    return min(max(0.0, u), LAST) if -ROUNDING <= u <= 1 + ROUNDING else None


def exp(exponent: float) -> float:
    """e ** exponent; infinite beyond the floats."""
    return math.exp(exponent) if exponent <= MAX_EXPONENT else math.inf
