"""Which trial's model is handed over: the best one, one that is as good and cheaper, or the baseline.

A best value is too good: of many values that all scatter by the same error, the greatest is the one whose
error happens to be great. Yet a rule that asks for much of it keeps the defaults where the tuned model is
better. The mean gain over the defaults, in standard errors of the difference on the test rows, by the lead
that is asked for, in its own standard errors:

| public tables, splits, trials | any | 0.25 | 0.5 | 1 | 2 |
|---|---|---|---|---|---|
| boosting, 17 tables, 58 splits of 1,000 rows, 12 trials | 0.99 | 0.98 | 0.95 | 0.91 | 0.28 |
| the same with five folds | 2.78 | 2.78 | 2.74 | 1.01 | 0.84 |
| linear models, 12 tables, 36 splits, 12 trials, five folds | 0.77 | 0.81 | 0.83 | 0.80 | 0.60 |
| random forests, on the same | 0.20 | 0.24 | 0.26 | 0.29 | 0.19 |
| blends of `init`, 12 tables, 41 splits, 30 trials, five folds | -0.08 | 0.00 | 0.06 | 0.06 | 0.01 |

So a half is asked for.
"""

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

from sweepflow.trials.objective import Objective
from sweepflow.trials.rows import RankedRow
from sweepflow.trials.state import TrialState

_ENOUGH = 0.5
"""How many standard errors the best must be ahead of the baseline."""


class Lead(NamedTuple):
    """How much better one trial is than another, in the metric's own unit, and the standard error of that."""

    difference: float
    error: float

    @property
    def is_enough(self) -> bool:
        """Whether the other one is left for it."""
        return self.difference > 0 and self.difference > _ENOUGH * self.error


def fold_values(means: Sequence[float]) -> list[float]:
    """The value of each fold, of reports that are each the mean over the folds so far."""
    sums = [mean * n for n, mean in enumerate(means, start=1)]
    return [total - before for before, total in zip([0.0, *sums], sums, strict=False)]


def lead_over_folds(baseline: Sequence[float], tuned: Sequence[float], objective: Objective) -> Lead:
    """The lead over the folds that both have, given the values of each."""
    differences = [
        objective.score(after) - objective.score(before)
        for before, after in zip(baseline, tuned, strict=False)
    ]
    return Lead(statistics.fmean(differences), standard_error(differences))


def standard_error(values: Sequence[float]) -> float:
    """That of the mean of these values; 0 of a single one, of which it is not known."""
    return statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else 0.0


def quickest(rows: Sequence[RankedRow], error: float, objective: Objective) -> RankedRow:
    """Of the trials within one standard error of the best, the first of these rows, the quickest to train.

    Only complete trials count beside the best (Breiman et al., Classification and Regression Trees, 1984,
    section 3.4.3, with the training time in the place of the size of a tree).
    """
    best = rows[0]
    bar = objective.score(best.value or 0.0) - error
    near = [
        row
        for row in rows[1:]
        if row.state is TrialState.COMPLETED and row.value is not None and objective.score(row.value) >= bar
    ]
    return min([best, *near], key=lambda row: math.inf if row.seconds is None else row.seconds)
