"""The gate over rows: two models' predictions for the same rows, compared by the paired bootstrap.

The rows are resampled 2,000 times, and both models scored on each resample (Efron and Tibshirani, 1993,
chapters 13 and 16), for a metric of scores within each class if one has fewer than 20 rows. The bounds of the
difference are percentiles, widened for small samples (Hesterberg, 2015, What teachers should know about the
bootstrap, section 4.5). Only rows on which the models differ count towards the sample size, and for a metric
that is no mean over rows, at most as many as the smallest class has.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sweepflow.data.roles import Roles
from sweepflow.gating.decision import Bar, GateDecision, GateError, metric_named
from sweepflow.gating.pair import Pair, pair
from sweepflow.gating.resamples import (
    CountedRows,
    distinct_rows,
    row_groups,
    sample_size,
    scores_on_resamples,
)
from sweepflow.gating.row_roles import roles_of
from sweepflow.metrics import Counts, Metric, Scorer, Values
from sweepflow.metrics.intervals import row_errors
from sweepflow.metrics.scorers import Goal, objective_of
from sweepflow.metrics.units import units_of
from sweepflow.metrics.widening import widened_tail
from sweepflow.trials.objective import Objective


def gate(
    y_true: ArrayLike,
    champion: ArrayLike,
    challenger: ArrayLike,
    *,
    metric: str,
    min_improvement: float = 0.0,
    confidence: float = 0.95,
    seed: int = 0,
    labels: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    group: ArrayLike | None = None,
    time: ArrayLike | None = None,
    goal: Goal | None = None,
) -> GateDecision:
    """Promote the challenger only if it is better by more than `min_improvement` and chance.

    `metric` is the name of a scikit-learn scorer, greater being better, or of a loss, such as log_loss or
    root_mean_squared_error, smaller being better, or of a function marked with `@metric`, better as `goal`
    says (by default maximize); the difference is the improvement, in the metric's unit.
    `champion` and `challenger` are predictions for the rows of `y_true`: labels for a metric such as
    accuracy, numbers for regression, and scores for a metric such as roc_auc or log_loss: of the greater of
    two classes, or a column for each class in the order of the labels: those that occur in `y_true`, or
    `labels`, ascending, where some may not. A metric of numbers takes several targets too, all three of the
    shape (rows, targets), and is the mean over them. GateError if they cannot be compared.

    `weight` says how much each row counts. Rows of the same `group` are drawn together, and where there is
    none rows that follow each other in `time`, in blocks; of these, not of rows, is then the sample size.
    A challenger passes if the lower bound of the two-sided interval lies above `min_improvement`; so one that
    is as good as the champion passes with a probability of about (1 - confidence) / 2, and one that predicts
    the same never does.
    """
    bar = Bar(min_improvement, confidence)
    bar.check()
    scored_metric = metric_named(metric)
    predictions = pair(y_true, champion, challenger, scored_metric.kind, labels)
    roles = roles_of(len(predictions.truth), scored_metric, weight, group, time)
    objective = objective_of(metric, goal)
    return _decision(predictions, scored_metric, bar, seed, roles, objective)


def _decision(
    predictions: Pair, metric: Metric, bar: Bar, seed: int, roles: Roles, objective: Objective
) -> GateDecision:
    """The decision on two models' predictions for the same rows, which have these roles."""
    cells, cell_of_row = distinct_rows(predictions, metric)
    scorers = metric.scorer(cells.truth, cells.champion), metric.scorer(cells.truth, cells.challenger)
    units = units_of(len(cell_of_row), roles, _change(predictions, metric))
    rows = CountedRows(cell_of_row, units, row_groups(predictions, metric, units))
    before, after = (value_on_all_rows(metric, scorer, rows.all) for scorer in scorers)
    n_differing = sample_size(predictions, metric, units, predictions.differs)
    champion_scores, challenger_scores = scores_on_resamples(rows, scorers, np.random.default_rng(seed))
    sign = objective.score(1.0)
    low, high = interval(sign * challenger_scores - sign * champion_scores, bar.confidence, n_differing)
    values = f"{metric.name} {before:.4g} -> {after:.4g}" + (" (smaller is better)" if sign < 0 else "")
    decision = bar.decide(values, sign * after - sign * before, low, high)
    n_needed = math.ceil(math.log2(2 / (1 - bar.confidence)))
    if n_differing >= n_needed:
        return decision
    few = f"only {_counted(n_differing, units.are_rows)} can tell the models apart"
    reason = f"{few} by {metric.name}, at least {n_needed} are needed"
    return decision._replace(promote=False, reason=reason)


def _counted(n: int, are_rows: bool) -> str:
    rows = ("row" if n == 1 else "rows") if are_rows else f"group{'' if n == 1 else 's'} of rows"
    return f"{n} {rows}"


def value_on_all_rows(metric: Metric, scorer: Scorer, counts: Counts) -> float:
    """The metric over the rows as they are; GateError if it is not defined for them."""
    try:
        value = float(scorer(counts)[0])
    except ValueError as error:
        reason = str(error).split("\n")[0]
        raise GateError(f"{metric.name} cannot score these predictions: {reason}") from error
    if not math.isfinite(value):
        raise GateError(f"{metric.name} is not defined for these predictions: {value:g}")
    return value


def interval(differences: Values, confidence: float, n_units: int) -> tuple[float, float]:
    """The widened percentiles; an undefined difference counts as the worst for `low`, the best for `high`."""
    tail = widened_tail(n_units, (1 - confidence) / 2)
    is_unknown = np.isnan(differences)
    low = np.quantile(np.where(is_unknown, -np.inf, differences), tail, method="lower")
    high = np.quantile(np.where(is_unknown, np.inf, differences), 1 - tail, method="higher")
    return float(low), float(high)


def _change(predictions: Pair, metric: Metric) -> NDArray[np.float64]:
    """How much more wrong each row is by one model than by the other, to see how long that lasts in time."""
    truth, champion, challenger = predictions
    return row_errors(metric, truth, challenger) - row_errors(metric, truth, champion)
