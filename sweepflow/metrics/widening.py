"""Percentiles of resamples, widened for small samples."""

import math

from scipy import stats

from sweepflow.metrics.score_interval import TAIL


def widened_tail(n_units: float, tail: float = TAIL) -> float:
    """The share of the resamples that lies beyond each bound, below `tail` for a small sample.

    Hesterberg (2015, What teachers should know about the bootstrap, section 4.5).
    """
    if n_units <= 1:
        return 0.0
    quantile = stats.t.ppf(tail, n_units - 1) * math.sqrt(n_units / (n_units - 1))
    return float(stats.norm.cdf(quantile))
