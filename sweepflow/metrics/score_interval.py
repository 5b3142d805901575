"""Score intervals of what lies between 0 and 1: the values that the data do not speak against.

A value counts among them if it is no farther from the measured one than chance would bring it if it were true
(Wilson, 1927); so there is width where everything was right, and no bound beyond 0 and 1.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import optimize, special, stats

from sweepflow.metrics.units import Units, effective_number

TAIL = 0.025
"""The probability beyond each bound of a 95 % interval."""

_SMALLEST = 1e-9


class Spread(NamedTuple):
    """How much a share varies."""

    ratio: float
    """Its variance as a multiple of that in a sample of independent rows."""
    degrees: float
    """The degrees of freedom of that variance; infinite where it is known."""

    @property
    def quantile(self) -> float:
        """How many standard deviations lie between the value and a bound."""
        return float(-stats.t.ppf(TAIL, max(self.degrees, 1)))


PLAIN = Spread(1.0, np.inf)


def spread(value: float, variance: float, expected: float, n: float, degrees: float) -> Spread:
    """The spread of a share of n whose variance was measured, and the one expected for independent units.

    Where few of the n are of the rarer kind, the measured one says little, and the expected one counts more.
    """
    if expected <= 0:
        return Spread(1.0, degrees)
    trust = 1 - 1 / (1 + 4 * n * min(value, 1 - value))
    return Spread(trust * variance / expected + 1 - trust, degrees)


def share_interval(value: float, size: float, spread: Spread = PLAIN) -> tuple[float, float]:
    """The bounds for a share of `size` units, by Wilson's interval.

    Next to 0 and 1 it is amended as by Brown, Cai and DasGupta (2001, Interval estimation for a binomial
    proportion, section 4.1.1), since it covers too seldom there.
    """
    if size <= 0:
        return 0.0, 1.0
    n, z2 = size / spread.ratio, spread.quantile**2
    middle = (value + z2 / (2 * n)) / (1 + z2 / n)
    margin = np.sqrt(z2 * (value * (1 - value) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    low, high = max(0.0, middle - margin), min(1.0, middle + margin)
    if value * n <= (few := 3.5 if n > 50 else 2.5):
        low = min(low, float(special.gammaincinv(value * n, 2 * TAIL)) / n if value > 0 else 0.0)
    if (1 - value) * n <= few:
        high = max(
            high, 1 - (float(special.gammaincinv((1 - value) * n, 2 * TAIL)) / n if value < 1 else 0.0)
        )
    return float(min(low, value)), float(max(high, value))


def score_interval(value: float, variance: Callable[[float], float], spread: Spread) -> tuple[float, float]:
    """The bounds for a value whose variance depends on the true value, between 0 and 1."""

    def beyond(true: float) -> float:
        return float((value - true) ** 2 - spread.quantile**2 * spread.ratio * variance(true))

    low, high = min(value, 1 - _SMALLEST), max(value, _SMALLEST)
    return (
        float(optimize.brentq(beyond, 0, low)) if value > _SMALLEST and beyond(low) < 0 else value,
        float(optimize.brentq(beyond, high, 1)) if value < 1 - _SMALLEST and beyond(high) < 0 else value,
    )


def measured_share(
    hits: "np.ndarray[tuple[int], np.dtype[np.float64]]", units: Units
) -> tuple[float, float, Spread]:
    """The share of rows with a hit (1, else 0; NaN: does not count), its number of units, and its spread."""
    counts = ~np.isnan(hits)
    totals, hit_totals = units.totals(counts), units.totals(np.where(counts, hits, 0.0))
    if not totals.any():
        return 0.0, 0.0, PLAIN
    value = float(hit_totals.sum() / totals.sum())
    size = effective_number(totals)
    if units.are_plain or size <= 1:
        return value, size, PLAIN
    deviations = hit_totals - value * totals
    variance = float((deviations**2).sum() / totals.sum() ** 2) * size / (size - 1)
    expected = value * (1 - value) / size
    return value, size, spread(value, variance, expected, size, size - 1)
