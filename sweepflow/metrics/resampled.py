"""Bounds of any metric from its values over resamples of the rows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sweepflow.metrics.ranking import Scorer, Values
from sweepflow.metrics.score_interval import share_interval, spread
from sweepflow.metrics.units import Units, drawn_counts, effective_number
from sweepflow.metrics.widening import widened_tail

_MAX_RESAMPLES, _MIN_RESAMPLES, _ROWS_TO_RESAMPLE = 1000, 100, 2_000_000
_FEW_RESAMPLES = 400
_MOST_AT_ONCE = 250
_MOST_COUNTS = 2_000_000  # 16 MB

_LEAST = {
    **dict.fromkeys(("average_precision", "jaccard_micro", "top_k_accuracy"), 0.0),
    **dict.fromkeys(("roc_auc_ovr", "roc_auc_ovr_weighted", "roc_auc_ovo", "roc_auc_ovo_weighted"), 0.0),
    "matthews_corrcoef": -1.0,
}
"""The least value of the metrics that are at most 1 and are bounded below too."""


def resampled_values(scorer: Scorer, units: Units, generator: np.random.Generator) -> Values:
    """The metric on 1,000 resamples of the units; NaN where it is not defined.

    They are fewer, but at least 100, if they would hold more than two million rows together. The scorer takes
    how often each row is in each resample.
    """
    n_rows = len(units.of_row)
    n_resamples = int(np.clip(_ROWS_TO_RESAMPLE // n_rows, _MIN_RESAMPLES, _MAX_RESAMPLES))
    found = []
    n_at_once = max(1, min(_MOST_AT_ONCE, _MOST_COUNTS // n_rows))
    for start in range(0, n_resamples, n_at_once):
        counts = drawn_counts(units.n, min(n_at_once, n_resamples - start), generator)
        found.append(scorer(counts[:, units.of_row]))
    return np.concatenate(found)


def resampled_bounds(
    name: str, value: float, resampled: Values, units: Units, classes: NDArray[Any] | None
) -> tuple[float, float]:
    """The bounds of a metric with this value: widened percentiles of the resamples.

    A metric between 0 (or -1) and 1 has a score interval instead, for as many rows as give it the resamples'
    standard deviation, so that it has width where all is right. `classes` are the rows' classes by number.
    """
    defined = resampled[np.isfinite(resampled)]
    if len(defined) < 2:
        return np.nan, np.nan
    if name in _LEAST and classes is not None:
        return _score_bounds(_LEAST[name], value, defined, units, classes)
    if len(defined) < _FEW_RESAMPLES:
        margin = 2 * float(defined.std(ddof=1))
        return value - margin, value + margin
    tail = widened_tail(units.n)
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(min(low, value)), float(max(high, value))


def _score_bounds(
    least: float, value: float, resampled: Values, units: Units, classes: NDArray[Any]
) -> tuple[float, float]:
    span = 1 - least
    share, deviation = (value - least) / span, float(resampled.std(ddof=1)) / span
    if deviation == 0 and 0 < share < 1:  # scores that tell no two rows apart
        return value, value
    sizes = [effective_number(units.totals(classes == label)) for label in np.unique(classes)]
    size = len(sizes) ** 2 / sum(1 / max(n, 1.0) for n in sizes)
    found = spread(
        share,
        deviation**2,
        share * (1 - share) / size,
        size,
        np.inf if units.are_plain else max(units.n - 1, 1),
    )
    low, high = share_interval(share, size, found)
    return least + span * low, least + span * high
