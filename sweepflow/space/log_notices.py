"""Whether the logarithms that bound a log type were probably meant as something else."""

import math

from sweepflow.space.distributions import LogNormal, LogUniform, QLogNormal, QLogUniform
from sweepflow.space.expression import Drawn, logarithm, power

_USUAL = (1e-12, 1e6)
"""A log range that leaves these bounds is more likely values in the place of logarithms."""

_NARROW = 3
"""A log range that spans no such factor would hardly need logarithms."""

_ALMOST_ONE = 1.65
"""Whoever writes a positive exponent of less than that means a value: 0.0001 to 0.1."""

_MOST_DECADES = 10
_MANY = 10
"""Whoever writes whole numbers up to that or more means values: exp(10) = 22,026 is hardly ever wanted."""

_SMALLEST_MEDIAN = 0.1


def log_notice(expression: Drawn) -> str | None:
    """What the expression really draws from, and what was probably meant; None if nothing is odd.

    A range that is given by its values is what was meant.
    """
    if isinstance(expression, LogUniform | QLogUniform) and expression.low is None:
        return _of_interval(expression)
    if isinstance(expression, LogNormal | QLogNormal):
        return _of_normal(expression)
    return None


def _of_interval(expression: LogUniform | QLogUniform) -> str | None:
    bounds, base = expression.exponents, expression.base
    low, high = sorted(_power(base, exponent) for exponent in bounds)
    is_of_values, is_of_decades = _is_of_values(bounds, low, base), _is_of_decades(bounds, base)
    is_unusual = low < _USUAL[0] or high > _USUAL[1]
    if not (is_unusual or high < _NARROW * low or is_of_values or is_of_decades):
        return None
    notice = (
        f"{expression.type}({bounds[0]:g}, {bounds[1]:g}) draws from [{low:g}, {high:g}]: min_value and "
        f"max_value are exponents of {_named(base)}, not "
    )
    if is_of_decades:
        return notice + "of 10" + _meant("powers of ten", 10 ** bounds[0], 10 ** bounds[1], base)
    if bounds[0] > 0:
        return notice + "values" + _meant("values", *bounds, base)
    return notice + "values" + ("" if is_unusual else "; for a range of values write low and high")


def _is_of_values(bounds: tuple[float, float], low: float, base: float) -> bool:
    first, last = bounds
    return (first > 0 and low < _ALMOST_ONE) or (first >= 0 and last >= _MANY and _are_whole(bounds, base))


def _is_of_decades(bounds: tuple[float, float], base: float) -> bool:
    first, last = bounds
    return _are_whole(bounds, base) and first >= -_MOST_DECADES and last <= 0


def _are_whole(bounds: tuple[float, float], base: float) -> bool:
    """Whether they are whole numbers although natural logarithms hardly ever are."""
    return base == math.e and all(bound.is_integer() for bound in bounds)


def _meant(what: str, low: float, high: float, base: float) -> str:
    first, last = (f"{logarithm(value, base):.3g}" for value in (low, high))
    notice = f"; for {what} from {low:g} to {high:g}, write low: {low:g}, high: {high:g}"
    return f"{notice}, or min_value: {first}, max_value: {last}"


def _of_normal(expression: LogNormal | QLogNormal) -> str | None:
    base = expression.base
    low, high = sorted(_power(base, exponent) for exponent in _central(expression))
    notice = f"{expression.type}({expression.mu:g}, {expression.sigma:g}) draws 95 % from [{low:g}, {high:g}]"
    if low < _USUAL[0] or high > _USUAL[1]:
        return f"{notice}: mu and sigma are of the exponent of {_named(base)}, not of the value"
    if not 0 < expression.mu < _SMALLEST_MEDIAN:
        return None
    median, meant = _power(base, expression.mu), logarithm(expression.mu, base)
    return (
        f"{notice}, its median being {median:g}: mu is an exponent of {_named(base)}, not a value; for a "
        f"median of {expression.mu:g}, write mu: {meant:.3g}"
    )


def _central(expression: LogNormal | QLogNormal) -> tuple[float, float]:
    """The exponents between which 95 % of the draws lie."""
    return expression.mu - 1.96 * expression.sigma, expression.mu + 1.96 * expression.sigma


def _power(base: float, exponent: float) -> float:
    try:
        return power(base, exponent)
    except OverflowError:
        return math.inf


def _named(base: float) -> str:
    return "e (natural logarithms)" if base == math.e else f"{base:g}"
