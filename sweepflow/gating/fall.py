"""Whether one model does worse on new rows than on those of the time when it was chosen."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from sweepflow.gating.decision import Bar, metric_named
from sweepflow.gating.pair import pair
from sweepflow.gating.paired import (
    interval,
    row_groups,
    sample_size,
    scores_on_resamples,
    value_on_all_rows,
)
from sweepflow.metrics import Metric, Values
from sweepflow.metrics.scorers import objective_of


class Scored(NamedTuple):
    """True values, and a model's predictions for the same rows."""

    truth: ArrayLike
    predicted: ArrayLike
    labels: ArrayLike | None = None
    """The classes that the predictions have columns for; None: those of the truth."""


class Fall(NamedTuple):
    """How much a model does worse on new rows; differences are negative where it has become worse."""

    has_fallen: bool
    before: float
    after: float
    low: float
    high: float
    is_loss: bool = False
    """Whether a smaller value is better."""

    @property
    def difference(self) -> float:
        """After minus before, for a loss before minus after: negative where it has become worse."""
        return self.before - self.after if self.is_loss else self.after - self.before


def fall(
    before: Scored,
    after: Scored,
    *,
    metric: str,
    tolerance: float = 0.0,
    confidence: float = 0.95,
    seed: int = 0,
) -> Fall:
    """Whether the model is worse on the rows of `after`, by more than the tolerance and chance.

    Predictions as for `gate`; GateError if they do not fit. Both sets of rows are drawn again on their own,
    2,000 times, and the interval of the difference must lie wholly below -tolerance. A model that is as
    good as before is said to have fallen with probability (1 - confidence) / 2 or about that. Rows that are
    in both sets make the interval too wide, never too narrow.
    """
    Bar(tolerance, confidence).check()
    chosen, generator = metric_named(metric), np.random.default_rng(seed)
    old, new = (_resampled(scored, chosen, generator) for scored in (before, after))
    up = objective_of(metric).score(1.0)
    differences = up * new.resampled - up * old.resampled
    low, high = interval(differences, confidence, min(old.n_rows, new.n_rows))
    return Fall(high < -tolerance, old.value, new.value, low, high, is_loss=up < 0)


class _Resampled(NamedTuple):
    """A metric over all rows and over each resample, and how large a sample the rows are."""

    value: float
    resampled: Values
    n_rows: int


def _resampled(scored: Scored, metric: Metric, generator: np.random.Generator) -> _Resampled:
    compared = pair(scored.truth, scored.predicted, scored.predicted, metric.kind, scored.labels)
    scorer = metric.scorer(compared.truth, compared.champion)
    rows = np.arange(len(compared.truth))
    value = value_on_all_rows(metric, scorer, np.ones((1, len(rows)), dtype=np.intp))
    groups = row_groups(compared, metric)
    (resampled,) = scores_on_resamples(groups, rows, len(rows), (scorer,), generator)
    return _Resampled(value, resampled, sample_size(compared, metric, len(rows)))
