"""Round numbers along an axis that plotly does not label by itself."""

import math


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """At most `most` multiples of 1, 2 or 5 times a power of ten in [low, high]; else the two ends."""
    if not high > low:
        return [low]
    rough = (high - low) / (most - 1)
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= rough * 0.999)
    multiples = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    return [float(f"{multiple * step:.12g}") for multiple in multiples] or [low, high]


def log_ticks(low: float, high: float, most: int = 7) -> list[float]:
    """At most `most` powers of ten in [low, high], or 1, 2 and 5 times them; else the two ends."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors, every in (((1, 2, 5), 1), ((1,), 1), ((1,), 2), ((1,), 5), ((1,), 20)):
        candidates = [float(f"{f}e{d}") for d in decades if d % every == 0 for f in factors]
        in_range = [tick for tick in candidates if low * 0.999999 <= tick <= high * 1.000001]
        if 1 < len(in_range) <= most:
            return in_range
    return [low, high]
