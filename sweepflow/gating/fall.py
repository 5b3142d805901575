"""Whether a model does worse on new rows than on the rows that it was tested on."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from sweepflow.data.roles import NO_ROLES, Roles
from sweepflow.gating.bootstrap import interval, value_on_all_rows
from sweepflow.gating.decision import Bar, metric_named
from sweepflow.gating.pair import pair
from sweepflow.gating.resamples import (
    CountedRows,
    distinct_rows,
    row_groups,
    sample_size,
    scores_on_resamples,
)
from sweepflow.gating.row_roles import roles_of
from sweepflow.metrics import Metric, Values
from sweepflow.metrics.intervals import row_errors
from sweepflow.metrics.scorers import Goal, objective_of
from sweepflow.metrics.units import units_of


class Scored(NamedTuple):
    """True values, and a model's predictions for the same rows."""

    truth: ArrayLike
    predicted: ArrayLike
    labels: ArrayLike | None = None
    """The classes that the predictions have columns for; None: those of the truth."""
    roles: Roles = NO_ROLES
    """What the rows weigh, and which of them belong together or follow each other."""


class Fall(NamedTuple):
    """How much worse a model does on new rows; a difference below 0 means that it has become worse."""

    has_fallen: bool
    before: float
    after: float
    low: float
    high: float
    is_loss: bool = False
    """Whether a smaller value is better."""

    @property
    def difference(self) -> float:
        """After minus before, for a loss before minus after; below 0 if it has become worse."""
        return self.before - self.after if self.is_loss else self.after - self.before


def fall(
    before: Scored,
    after: Scored,
    *,
    metric: str,
    tolerance: float = 0.0,
    confidence: float = 0.95,
    seed: int = 0,
    goal: Goal | None = None,
) -> Fall:
    """Whether the model is worse on the rows of `after`, by more than the tolerance and chance.

    Predictions have the form that `gate` takes; raises GateError if they cannot be compared. Each set of
    rows is resampled 2,000 times, independently of the other, and the interval of the difference must lie
    wholly below -tolerance. A model that is as good as before counts as fallen with a probability of about
    (1 - confidence) / 2. Rows that are in both sets make the interval too wide, never too narrow.
    Rows of one group, or of one stretch of time, are drawn together.
    """
    Bar(tolerance, confidence).check()
    scored_metric, generator = metric_named(metric), np.random.default_rng(seed)
    old, new = (_resampled(scored, scored_metric, generator) for scored in (before, after))
    sign = objective_of(metric, goal).score(1.0)
    differences = sign * new.resampled - sign * old.resampled
    low, high = interval(differences, confidence, min(old.n_rows, new.n_rows))
    return Fall(high < -tolerance, old.value, new.value, low, high, is_loss=sign < 0)


class _Resampled(NamedTuple):
    """A metric over all rows and over each resample, and the effective sample size of the rows."""

    value: float
    resampled: Values
    n_rows: int


def _resampled(scored: Scored, metric: Metric, generator: np.random.Generator) -> _Resampled:
    predictions = pair(scored.truth, scored.predicted, scored.predicted, metric.kind, scored.labels)
    cells, cell_of_row = distinct_rows(predictions, metric)
    scorer = metric.scorer(cells.truth, cells.champion)
    n_rows = len(predictions.truth)
    roles = roles_of(n_rows, metric, **scored.roles._asdict())
    units = units_of(n_rows, roles, row_errors(metric, predictions.truth, predictions.champion))
    rows = CountedRows(cell_of_row, units, row_groups(predictions, metric, units))
    value = value_on_all_rows(metric, scorer, rows.all)
    (resampled,) = scores_on_resamples(rows, (scorer,), generator)
    return _Resampled(value, resampled, sample_size(predictions, metric, units, np.ones(n_rows, dtype=bool)))
