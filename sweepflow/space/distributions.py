"""What one number of a trial is drawn from: the nine numeric expressions of a search space."""

import math
from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field, SerializerFunctionWrapHandler, ValidationInfo, field_validator, model_serializer

from sweepflow.fields.model import Number, WholeNumber
from sweepflow.space.expression import (
    LAST,
    MAX_EXPONENT,
    RESOLUTION,
    ROUNDING,
    Continuous,
    Drawn,
    Logarithmic,
    exp,
    is_number,
    logarithm,
    part,
    power,
)
from sweepflow.space.log_interval import LogInterval
from sweepflow.trials.parameters import Value

_MAX_DEVIATIONS = 9
"""No drawn value of a normal type is further than this many sigma from mu."""


class _Interval(Continuous):
    min_value: Number = Field(description="The smallest value.")
    max_value: Number = Field(description="The greatest value.")

    @property
    def greatest(self) -> float:
        return max(abs(self.min_value), abs(self.max_value))

    def _draw(self, u: float, /) -> float:
        return min(self.min_value + u * (self.max_value - self.min_value), self.max_value)

    def _position(self, value: float, /) -> float:
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


class _Normal(Continuous):
    is_bounded: ClassVar[bool] = False
    mu: Number = Field(description="The mean.")
    sigma: Number = Field(ge=0, description="The standard deviation.")

    @property
    def greatest(self) -> float:
        return abs(self.mu) + _MAX_DEVIATIONS * self.sigma

    @property
    def ends(self) -> tuple[float | None, float | None]:
        return None, None

    def _draw(self, u: float, /) -> float:
        from scipy.special import ndtri  # not before a normal type is drawn: it takes 15 MB

        half = 0.5 / RESOLUTION
        return self.mu + self.sigma * float(ndtri(max(half, u)))

    def _position(self, value: float, /) -> float:
        distance = value - self.mu
        if self.sigma == 0:
            return (
                0.5 if math.isclose(value, self.mu, rel_tol=ROUNDING) else math.copysign(math.inf, distance)
            )
        from scipy.special import ndtr

        return float(ndtr(distance / self.sigma))

    def _faults(self) -> Iterator[tuple[str, str]]:
        if math.isinf(self.greatest):
            yield "sigma", f"must keep mu + {_MAX_DEVIATIONS} * sigma a float, got {self.sigma:g}"


class _LogNormal(_Normal, Logarithmic):
    mu: Number = Field(description="The mean of the value's natural logarithm.")
    sigma: Number = Field(ge=0, description="The standard deviation of the value's natural logarithm.")

    @property
    def greatest(self) -> float:
        return exp(self._max_exponent)

    @property
    def ends(self) -> tuple[float | None, float | None]:
        return 0.0, None

    @property
    def _max_exponent(self) -> float:
        return self.mu + _MAX_DEVIATIONS * self.sigma

    def _draw(self, u: float, /) -> float:
        return power(self.base, super()._draw(u))

    def _position(self, value: float, /) -> float:
        exponent = logarithm(value, self.base)
        return super()._position(exponent) if exponent > -math.inf else exponent

    def _faults(self) -> Iterator[tuple[str, str]]:
        if self._max_exponent > MAX_EXPONENT:
            field = "mu" if self.mu > MAX_EXPONENT else "sigma"
            yield (
                field,
                f"mu + {_MAX_DEVIATIONS} * sigma must be <= {MAX_EXPONENT}, got {self._max_exponent:g}; "
                "mu and sigma are of the natural logarithm",
            )


class _Rounded(Continuous):
    q: Number = Field(
        gt=0, description="Values are rounded to whole multiples of q; a whole q gives whole numbers."
    )

    @property
    def step(self) -> float:
        # A float times a whole number would be a float: scikit-learn refuses n_estimators=40.0.
        return int(self.q) if self.q.is_integer() else self.q

    def _draw(self, u: float, /) -> float:
        return round(super()._draw(u) / self.q) * self.step

    def _locate(self, value: Value, /) -> float | None:
        if not is_number(value) or math.isinf(value / self.q):
            return None
        multiple = round(value / self.q)
        if not math.isclose(value, multiple * self.q, rel_tol=ROUNDING, abs_tol=ROUNDING * self.q):
            return None
        ends = (self._position((multiple + half) * self.q) for half in (-0.5, 0.5))
        low, high = (min(max(0.0, end), 1.0) for end in ends)
        if high > low:
            return min((low + high) / 2, LAST)
        # A range that begins or ends in the middle between two multiples reaches one of them just there.
        return next((u for u in (0.0, LAST) if self.quantile(u) == value), None)

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


class LogUniform(LogInterval):
    """A positive number, all orders of magnitude alike, between two values (low and high)."""

    type: Literal["loguniform"] = Field(default="loguniform", description="exp(U(min, max))")


class QLogUniform(_Rounded, LogInterval):
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
    """A whole number from the lower bound up to, not including, the upper one."""

    type: Literal["randint"] = Field(default="randint", description="whole number in [lower, upper)")
    lower: WholeNumber = Field(default=0, description="The smallest value.")
    upper: WholeNumber = Field(description="The bound: values are lower, lower + 1, ... upper - 1.")

    @model_serializer(mode="wrap")
    def _without_an_unwritten_bound(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields: dict[str, Any] = handler(self)
        return {name: value for name, value in fields.items() if name in {"type", *self.model_fields_set}}

    @field_validator("upper")
    @classmethod
    def _refuse_no_number(cls, upper: int, info: ValidationInfo) -> int:
        lower = info.data.get("lower", upper - 1)
        if upper <= lower:
            rule = "must be > 0" if "lower" not in info.data or lower == 0 else f"must be > lower ({lower})"
            raise ValueError(f"{rule}, got {upper}")
        return upper

    @property
    def step(self) -> float:
        """All whole numbers are values."""
        return 1

    @property
    def ends(self) -> tuple[float, float]:
        """The smallest and the greatest value."""
        return self.lower, self.upper - 1

    @property
    def n_values(self) -> int:
        """How many whole numbers there are."""
        return self.upper - self.lower

    def value_at(self, index: int) -> Value:
        """The whole number that is so much above the smallest."""
        return self.lower + index

    def _locate(self, value: Value, /) -> float | None:
        if not isinstance(value, int) or isinstance(value, bool) or not self.lower <= value < self.upper:
            return None
        return min((value - self.lower + 0.5) / self.n_values, LAST)

    def _draw(self, u: float, /) -> int:
        return self.lower + part(u, self.n_values)
