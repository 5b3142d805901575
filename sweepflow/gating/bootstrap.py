"""The gate over rows: two models' predictions for the same rows, compared by the paired bootstrap."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from sweepflow.gating.decision import Bar, GateDecision, GateError, metric_named
from sweepflow.gating.pair import Pair, pair
from sweepflow.metrics import Counts, Metric, Scorer, Values
from sweepflow.metrics.scorers import objective_of

_N_RESAMPLES = 2000
_MAX_COUNTS = 2_000_000  # 16 MB
_SMALL_CLASS = 20  # rows: one resample in 500 million has none of such a class


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
) -> GateDecision:
    """Promote the challenger only if it is better by more than `min_improvement` and chance.

    `metric` is the name of a scikit-learn scorer, greater being better, or of a loss, such as log_loss or
    root_mean_squared_error, smaller being better; the difference is the improvement, in the metric's unit.
    `champion` and `challenger` are predictions for the rows of `y_true`: labels for a metric such as
    accuracy, numbers for regression, and scores for a metric such as roc_auc or log_loss: of the greater of
    two classes, or a column for each class in the order of the labels: those that occur in `y_true`, or
    `labels`, ascending, where some may not. GateError if they cannot be compared.

    The rows are resampled 2,000 times, and both models scored on each resample (paired bootstrap; Efron and
    Tibshirani, 1993, chapters 13 and 16), within each class if one has fewer than 20 rows. The interval of
    the difference is two-sided; its bounds are percentiles, widened for small samples (Hesterberg, 2015, What
    teachers should know about the bootstrap, section 4.5). Only rows on which the models differ count towards
    the sample size, and for a metric that is no mean over rows, at most as many as the smallest class has. A
    challenger passes if the lower bound lies above `min_improvement`; so one that is as good as the champion
    passes with a probability of about (1 - confidence) / 2, and one that predicts the same never does.
    """
    bar = Bar(min_improvement, confidence)
    bar.check()
    scored_metric = metric_named(metric)
    return _decision(pair(y_true, champion, challenger, scored_metric.kind, labels), scored_metric, bar, seed)


def _decision(predictions: Pair, metric: Metric, bar: Bar, seed: int) -> GateDecision:
    """The decision on two models' predictions for the same rows."""
    cells, cell_of_row = _cells(predictions, metric)
    scorers = metric.scorer(cells.truth, cells.champion), metric.scorer(cells.truth, cells.challenger)
    counts = np.bincount(cell_of_row)[np.newaxis]
    before, after = (value_on_all_rows(metric, scorer, counts) for scorer in scorers)
    n_differing = sample_size(predictions, metric, int(predictions.differs.sum()))
    generator = np.random.default_rng(seed)
    groups = row_groups(predictions, metric)
    champion_scores, challenger_scores = scores_on_resamples(
        groups, cell_of_row, len(cells.truth), scorers, generator
    )
    sign = objective_of(metric.name).score(1.0)
    low, high = interval(sign * challenger_scores - sign * champion_scores, bar.confidence, n_differing)
    values = f"{metric.name} {before:.4g} -> {after:.4g}" + (" (smaller is better)" if sign < 0 else "")
    decision = bar.decide(values, sign * after - sign * before, low, high)
    n_needed = math.ceil(math.log2(2 / (1 - bar.confidence)))
    if n_differing >= n_needed:
        return decision
    reason = (
        f"only {n_differing} rows can tell the models apart by {metric.name}, at least {n_needed} are needed"
    )
    return decision._replace(promote=False, reason=reason)


def _cells(predictions: Pair, metric: Metric) -> tuple[Pair, NDArray[np.intp]]:
    """The distinct rows, and the index of each row among them; only labels repeat often enough for that."""
    if metric.kind != "labels":
        return predictions, np.arange(len(predictions.truth))
    distinct, cell_of_row = np.unique(np.stack(predictions), axis=1, return_inverse=True)
    return Pair(*distinct), cell_of_row.reshape(-1)


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


def row_groups(predictions: Pair, metric: Metric) -> list[NDArray[np.intp]]:
    """The groups to resample within: all rows together, or each class if a small one might be missing."""
    if metric.kind == "numbers" or _smallest_class(predictions) >= _SMALL_CLASS:
        return [np.arange(len(predictions.truth))]
    return [np.flatnonzero(predictions.truth == label) for label in np.unique(predictions.truth)]


def scores_on_resamples(
    groups: list[NDArray[np.intp]],
    cell_of_row: NDArray[np.intp],
    n_cells: int,
    scorers: tuple[Scorer, ...],
    generator: np.random.Generator,
) -> list[Values]:
    """The value that each scorer gives on each of the same resamples; NaN where the metric is not defined."""
    batches: list[list[Values]] = []
    batch_size = max(1, _MAX_COUNTS // len(cell_of_row))
    for start in range(0, _N_RESAMPLES, batch_size):
        counts = _counts(groups, cell_of_row, n_cells, min(batch_size, _N_RESAMPLES - start), generator)
        batches.append([scorer(counts) for scorer in scorers])
    return [np.concatenate(values) for values in zip(*batches, strict=True)]


def _counts(
    groups: list[NDArray[np.intp]],
    cell_of_row: NDArray[np.intp],
    n_cells: int,
    n_resamples: int,
    generator: np.random.Generator,
) -> Counts:
    """How often each distinct row is in each resample, shape (resamples, distinct rows)."""
    drawn = [group[generator.integers(len(group), size=(n_resamples, len(group)))] for group in groups]
    places = cell_of_row[np.concatenate(drawn, axis=1)] + n_cells * np.arange(n_resamples)[:, np.newaxis]
    return np.bincount(places.ravel(), minlength=n_cells * n_resamples).reshape(n_resamples, n_cells)


def interval(differences: Values, confidence: float, n_rows: int) -> tuple[float, float]:
    """The widened percentiles; an undefined difference counts as the worst for `low`, the best for `high`."""
    tail = (1 - confidence) / 2
    if n_rows > 1:
        quantile = stats.t.ppf(tail, n_rows - 1) * math.sqrt(n_rows / (n_rows - 1))
        tail = float(stats.norm.cdf(quantile))
    else:
        tail = 0.0
    is_unknown = np.isnan(differences)
    low = np.quantile(np.where(is_unknown, -np.inf, differences), tail, method="lower")
    high = np.quantile(np.where(is_unknown, np.inf, differences), 1 - tail, method="higher")
    return float(low), float(high)


def sample_size(predictions: Pair, metric: Metric, n_rows: int) -> int:
    """The sample size of so many rows: for a metric that is no mean, at most that of the smallest class."""
    if metric.kind == "numbers" or metric.is_mean:
        return n_rows
    return min(n_rows, _smallest_class(predictions))


def _smallest_class(predictions: Pair) -> int:
    return int(np.unique(predictions.truth, return_counts=True)[1].min())
