"""What one number of a trial is drawn from: the nine numeric expressions of a search space."""

import math
from collections.abc import Iterator
from typing import Literal, Self, TypeGuard

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError
from scipy.special import ndtr, ndtri

from sweepflow.trial import Scalar
from sweepflow.unions import Number, SpecModel, WholeNumber

_MAX_EXPONENT = 709
"""exp(710) is greater than any float."""

_MAX_DEVIATIONS = 9
"""No drawn value of a normal type is further than this many sigma from mu."""

_RESOLUTION = 2**53
"""A float in [0, 1) is a whole number of these parts."""

_LAST = math.nextafter(1.0, 0.0)
_ROUNDING = 1e-9


def power(base: float, exponent: float) -> float:
    """base ** exponent, for base e as exact as exp; OverflowError beyond the floats."""
    return math.exp(exponent) if base == math.e else float(base**exponent)


def part(u: float, n: int) -> int:
    """Which of n equal parts of [0, 1) holds u; exact for any n."""
    return int(u * _RESOLUTION) * n // _RESOLUTION


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
                loc=(field,),
                input=getattr(self, field),
            )
            for field, message in self._faults()
        ]
        if faults:
            raise ValidationError.from_exception_data(self.type, faults)
        return self

    def _faults(self) -> Iterator[tuple[str, str]]:
        """What no single field can know: a field's name and what is wrong with it."""
        yield from ()


class _Continuous(Drawn):
    @property
    def greatest(self) -> float:
        """No draw's absolute value is greater than this; infinite beyond the floats."""
        raise NotImplementedError

    def _locate(self, value: Scalar, base: float, /) -> float | None:
        return _within(self._position(value, base)) if _is_number(value) else None

    def _draw(self, u: float, base: float, /) -> float:
        raise NotImplementedError

    def _position(self, value: float, base: float, /) -> float:
        """The share of draws below the value; beyond [0, 1] if the value is beyond the bounds."""
        raise NotImplementedError


class _Interval(_Continuous):
    min_value: Number = Field(description="The smallest value.")
    max_value: Number = Field(description="The greatest value.")

    @property
    def greatest(self) -> float:
        return max(abs(self.min_value), abs(self.max_value))

    def _draw(self, u: float, _base: float, /) -> float:
        return min(self.min_value + u * (self.max_value - self.min_value), self.max_value)

    def _position(self, value: float, _base: float, /) -> float:
        return (value - self.min_value) / (self.max_value - self.min_value)

    @field_validator("max_value")
    @classmethod
    def _refuse_no_interval(cls, max_value: float, info: ValidationInfo) -> float:
        # Not in _faults, which are looked for only where each field, such as q, is right on its own.
        min_value = info.data.get("min_value", -math.inf)
        if min_value >= max_value:
            raise ValueError(f"must be > min_value ({min_value:g}), got {max_value:g}")
        if "min_value" in info.data and math.isinf(max_value - min_value):
            raise ValueError(f"must be less than 1.8e308 above min_value, got {max_value:g}")
        return max_value


class _LogInterval(_Interval):
    min_value: Number = Field(
        description="Natural logarithm of the smallest value: -6 stands for exp(-6) = 0.0025."
    )
    max_value: Number = Field(
        description="Natural logarithm of the greatest value: -1 stands for exp(-1) = 0.37."
    )

    @property
    def greatest(self) -> float:
        return _exp(self.max_value)

    def _draw(self, u: float, base: float, /) -> float:
        return power(base, super()._draw(u, base))

    def _position(self, value: float, base: float, /) -> float:
        return super()._position(_logarithm(value, base), base)

    def _faults(self) -> Iterator[tuple[str, str]]:
        if self.max_value > _MAX_EXPONENT:
            yield (
                "max_value",
                f"must be <= {_MAX_EXPONENT}, got {self.max_value:g}; bounds are natural logarithms",
            )


class _Normal(_Continuous):
    mu: Number = Field(description="The mean.")
    sigma: Number = Field(ge=0, description="The standard deviation.")

    @property
    def greatest(self) -> float:
        return abs(self.mu) + _MAX_DEVIATIONS * self.sigma

    def _draw(self, u: float, _base: float, /) -> float:
        half = 0.5 / _RESOLUTION
        return self.mu + self.sigma * float(ndtri(max(half, u)))

    def _position(self, value: float, _base: float, /) -> float:
        distance = value - self.mu
        if self.sigma == 0:
            return (
                0.5 if math.isclose(value, self.mu, rel_tol=_ROUNDING) else math.copysign(math.inf, distance)
            )
        return float(ndtr(distance / self.sigma))

    def _faults(self) -> Iterator[tuple[str, str]]:
        if math.isinf(self.greatest):
            yield "sigma", f"must keep mu + {_MAX_DEVIATIONS} * sigma a float, got {self.sigma:g}"


class _LogNormal(_Normal):
    mu: Number = Field(description="The mean of the value's natural logarithm.")
    sigma: Number = Field(ge=0, description="The standard deviation of the value's natural logarithm.")

    @property
    def greatest(self) -> float:
        return _exp(self._max_exponent)

    @property
    def _max_exponent(self) -> float:
        return self.mu + _MAX_DEVIATIONS * self.sigma

    def _draw(self, u: float, base: float, /) -> float:
        return power(base, super()._draw(u, base))

    def _position(self, value: float, base: float, /) -> float:
        exponent = _logarithm(value, base)
        return super()._position(exponent, base) if exponent > -math.inf else exponent

    def _faults(self) -> Iterator[tuple[str, str]]:
        if self._max_exponent > _MAX_EXPONENT:
            field = "mu" if self.mu > _MAX_EXPONENT else "sigma"
            yield (
                field,
                f"mu + {_MAX_DEVIATIONS} * sigma must be <= {_MAX_EXPONENT}, got {self._max_exponent:g}; "
                "mu and sigma are of the natural logarithm",
            )


def _logarithm(value: float, base: float) -> float:
    return math.log(value) / math.log(base) if value > 0 else -math.inf


def _is_number(value: Scalar) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _within(u: float) -> float | None:
    return min(max(0.0, u), _LAST) if -_ROUNDING <= u <= 1 + _ROUNDING else None


def _exp(exponent: float) -> float:
    return math.exp(exponent) if exponent <= _MAX_EXPONENT else math.inf


class _Rounded(_Continuous):
    q: Number = Field(
        gt=0, description="Values are rounded to whole multiples of q; a whole q gives whole numbers."
    )

    def _draw(self, u: float, base: float, /) -> float:
        # A float times a whole number would be a float: scikit-learn refuses n_estimators=40.0.
        step = int(self.q) if self.q.is_integer() else self.q
        return round(super()._draw(u, base) / self.q) * step

    def _locate(self, value: Scalar, base: float, /) -> float | None:
        if not _is_number(value) or math.isinf(value / self.q):
            return None
        multiple = round(value / self.q)
        if not math.isclose(value, multiple * self.q, rel_tol=_ROUNDING, abs_tol=_ROUNDING * self.q):
            return None
        ends = (self._position((multiple + half) * self.q, base) for half in (-0.5, 0.5))
        low, high = (min(max(0.0, end), 1.0) for end in ends)
        if high > low:
            return min((low + high) / 2, _LAST)
        # A range that begins or ends in the middle between two multiples reaches one of them just there.
        return next((u for u in (0.0, _LAST) if self.quantile(u, base) == value), None)

    def _faults(self) -> Iterator[tuple[str, str]]:
        faults = list(super()._faults())
        yield from faults
        if not faults and math.isinf(self.greatest / self.q):
            yield "q", f"must not be that small for values of up to {self.greatest:g}, got {self.q:g}"


class Uniform(_Interval):
    """A number between two bounds."""

    type: Literal["uniform"] = Field(default="uniform", description="U(min, max)")


class QUniform(_Rounded, _Interval):
    """A number between two bounds, rounded to multiples of q: (1, 10) with q = 4 gives 0, 4 or 8."""

    type: Literal["quniform"] = Field(default="quniform", description="round(U(min, max) / q) * q")


class LogUniform(_LogInterval):
    """A positive number, all orders of magnitude alike; the bounds are natural logarithms."""

    type: Literal["loguniform"] = Field(default="loguniform", description="exp(U(min, max))")


class QLogUniform(_Rounded, _LogInterval):
    """A positive number, all orders of magnitude alike, rounded to multiples of q."""

    type: Literal["qloguniform"] = Field(default="qloguniform", description="round(exp(U(min, max)) / q) * q")


class Normal(_Normal):
    """A normally distributed number."""

    type: Literal["normal"] = Field(default="normal", description="N(mu, sigma)")


class QNormal(_Rounded, _Normal):
    """A normally distributed number, rounded to multiples of q."""

    type: Literal["qnormal"] = Field(default="qnormal", description="round(N(mu, sigma) / q) * q")


class LogNormal(_LogNormal):
    """A positive number whose natural logarithm is normally distributed."""

    type: Literal["lognormal"] = Field(default="lognormal", description="exp(N(mu, sigma))")


class QLogNormal(_Rounded, _LogNormal):
    """A positive number whose natural logarithm is normally distributed, rounded to multiples of q."""

    type: Literal["qlognormal"] = Field(default="qlognormal", description="round(exp(N(mu, sigma)) / q) * q")


class RandInt(Drawn):
    """A whole number from 0 up to, not including, the bound."""

    type: Literal["randint"] = Field(default="randint", description="whole number in [0, upper)")
    upper: WholeNumber = Field(gt=0, description="The bound: values are 0, 1, ... upper - 1.")

    def _locate(self, value: Scalar, _base: float, /) -> float | None:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < self.upper:
            return None
        return min((value + 0.5) / self.upper, _LAST)

    def _draw(self, u: float, _base: float, /) -> int:
        return part(u, self.upper)
