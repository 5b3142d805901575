"""The ten expressions of a v1 search space, as the fields of ours."""

from collections.abc import Iterable, Mapping
from typing import Any

from sweepflow.fields.bounds import plain_number

Expression = dict[str, Any]


def choice(*options: Any) -> Expression:
    """One of the options, which may also come as one list, range or array."""
    (first, *others) = options or ((),)
    is_one_list = not others and isinstance(first, Iterable) and not isinstance(first, str | bytes | Mapping)
    return {
        "type": "choice",
        "values": [plain_number(value) for value in (first if is_one_list else options)],
    }


def randint(upper: int) -> Expression:
    """A whole number from 0 to `upper - 1`."""
    return {"type": "randint", "upper": plain_number(upper)}


def uniform(min_value: float, max_value: float) -> Expression:
    """A number between the bounds."""
    return _between("uniform", min_value, max_value)


def quniform(min_value: float, max_value: float, q: float) -> Expression:
    """A number between the bounds, rounded to a multiple of `q`."""
    return _between("quniform", min_value, max_value, q)


def loguniform(min_value: float, max_value: float) -> Expression:
    """e to the power of a number between the bounds."""
    return _between("loguniform", min_value, max_value)


def qloguniform(min_value: float, max_value: float, q: float) -> Expression:
    """e to the power of a number between the bounds, rounded to a multiple of `q`."""
    return _between("qloguniform", min_value, max_value, q)


def normal(mu: float, sigma: float) -> Expression:
    """A number from a normal distribution."""
    return _around("normal", mu, sigma)


def qnormal(mu: float, sigma: float, q: float) -> Expression:
    """A number from a normal distribution, rounded to a multiple of `q`."""
    return _around("qnormal", mu, sigma, q)


def lognormal(mu: float, sigma: float) -> Expression:
    """e to the power of a number from a normal distribution."""
    return _around("lognormal", mu, sigma)


def qlognormal(mu: float, sigma: float, q: float) -> Expression:
    """e to the power of a number from a normal distribution, rounded to a multiple of `q`."""
    return _around("qlognormal", mu, sigma, q)


def _between(kind: str, min_value: float, max_value: float, q: float | None = None) -> Expression:
    return _expression(kind, q, min_value=min_value, max_value=max_value)


def _around(kind: str, mu: float, sigma: float, q: float | None = None) -> Expression:
    return _expression(kind, q, mu=mu, sigma=sigma)


def _expression(kind: str, q: float | None, **numbers: float) -> Expression:
    numbers |= {} if q is None else {"q": q}
    return {"type": kind, **{name: plain_number(number) for name, number in numbers.items()}}
