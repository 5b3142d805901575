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
_COUNTS_AT_ONCE = 2_000_000  # 16 MB
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

    The rows are drawn again 2,000 times, both models scored on each resample (paired bootstrap; Efron and
    Tibshirani, 1993, chapters 13 and 16), within each class if one has fewer than 20 rows. The interval of
    the difference is two-sided, of percentiles widened for small samples (Hesterberg, 2015, What teachers
    should know about the bootstrap, section 4.5); only rows on which the models differ count as a sample, and
    for metrics that are no mean over rows, no more rows than the smallest class has. A challenger passes if
    the lower bound lies above `min_improvement`; so one that is as good as the champion passes with
    probability (1 - confidence) / 2 or about that, and one that predicts the same never does.
    """
    bar = Bar(min_improvement, confidence)
    bar.check()
    chosen = metric_named(metric)
    return _decision(pair(y_true, champion, challenger, chosen.kind, labels), chosen, bar, seed)


def _decision(compared: Pair, metric: Metric, bar: Bar, seed: int) -> GateDecision:
    """The decision on two models' predictions for the same rows."""
    cells, of_row = _cells(compared, metric)
    scorers = metric.scorer(cells.truth, cells.champion), metric.scorer(cells.truth, cells.challenger)
    counts = np.bincount(of_row)[np.newaxis]
    before, after = (value_on_all_rows(metric, scorer, counts) for scorer in scorers)
    n_telling = sample_size(compared, metric, int(compared.differs.sum()))
    generator = np.random.default_rng(seed)
    groups = row_groups(compared, metric)
    ours, theirs = scores_on_resamples(groups, of_row, len(cells.truth), scorers, generator)
    up = objective_of(metric.name).score(1.0)
    low, high = interval(up * theirs - up * ours, bar.confidence, n_telling)
    told = f"{metric.name} {before:.4g} -> {after:.4g}" + (" (smaller is better)" if up < 0 else "")
    decision = bar.decide(told, up * after - up * before, low, high)
    n_needed = math.ceil(math.log2(2 / (1 - bar.confidence)))
    if n_telling >= n_needed:
        return decision
    reason = (
        f"only {n_telling} rows can tell the models apart by {metric.name}, at least {n_needed} are needed"
    )
    return decision._replace(promote=False, reason=reason)


def _cells(compared: Pair, metric: Metric) -> tuple[Pair, NDArray[np.intp]]:
    """The distinct rows, and which of them each row is; only labels come again often enough to look."""
    if metric.kind != "labels":
        return compared, np.arange(len(compared.truth))
    distinct, of_row = np.unique(np.stack(compared), axis=1, return_inverse=True)
    return Pair(*distinct), of_row.reshape(-1)


def value_on_all_rows(metric: Metric, scorer: Scorer, counts: Counts) -> float:
    """The metric over the rows as they are; GateError where it is not defined."""
    try:
        value = float(scorer(counts)[0])
    except ValueError as error:
        reason = str(error).split("\n")[0]
        raise GateError(f"{metric.name} cannot score these predictions: {reason}") from error
    if not math.isfinite(value):
        raise GateError(f"{metric.name} is not defined for these predictions: {value:g}")
    return value


def row_groups(compared: Pair, metric: Metric) -> list[NDArray[np.intp]]:
    """The rows that are drawn among themselves: all, or each class where a small one might be missing."""
    if metric.kind == "numbers" or _smallest_class(compared) >= _SMALL_CLASS:
        return [np.arange(len(compared.truth))]
    return [np.flatnonzero(compared.truth == label) for label in np.unique(compared.truth)]


def scores_on_resamples(
    groups: list[NDArray[np.intp]],
    of_row: NDArray[np.intp],
    n_cells: int,
    scorers: tuple[Scorer, ...],
    generator: np.random.Generator,
) -> list[Values]:
    """What each scorer gives in each resample, the same for all; NaN where the metric is not defined."""
    found: list[list[Values]] = []
    at_once = max(1, _COUNTS_AT_ONCE // len(of_row))
    for start in range(0, _N_RESAMPLES, at_once):
        counts = _counts(groups, of_row, n_cells, min(at_once, _N_RESAMPLES - start), generator)
        found.append([scorer(counts) for scorer in scorers])
    return [np.concatenate(values) for values in zip(*found, strict=True)]


def _counts(
    groups: list[NDArray[np.intp]],
    of_row: NDArray[np.intp],
    n_cells: int,
    n_resamples: int,
    generator: np.random.Generator,
) -> Counts:
    """How often each cell is in each of so many resamples."""
    drawn = [group[generator.integers(len(group), size=(n_resamples, len(group)))] for group in groups]
    places = of_row[np.concatenate(drawn, axis=1)] + n_cells * np.arange(n_resamples)[:, np.newaxis]
    return np.bincount(places.ravel(), minlength=n_cells * n_resamples).reshape(n_resamples, n_cells)


def interval(differences: Values, confidence: float, n_telling: int) -> tuple[float, float]:
    """The widened percentiles; what is not defined counts as worst for one and best for the other bound."""
    tail = (1 - confidence) / 2
    if n_telling > 1:
        quantile = stats.t.ppf(tail, n_telling - 1) * math.sqrt(n_telling / (n_telling - 1))
        tail = float(stats.norm.cdf(quantile))
    else:
        tail = 0.0
    is_unknown = np.isnan(differences)
    low = np.quantile(np.where(is_unknown, -np.inf, differences), tail, method="lower")
    high = np.quantile(np.where(is_unknown, np.inf, differences), 1 - tail, method="higher")
    return float(low), float(high)


def sample_size(compared: Pair, metric: Metric, n_rows: int) -> int:
    """How large a sample so many of the rows are: for a metric that is no mean, its smallest class counts."""
    if metric.kind == "numbers" or metric.is_mean:
        return n_rows
    return min(n_rows, _smallest_class(compared))


def _smallest_class(compared: Pair) -> int:
    return int(np.unique(compared.truth, return_counts=True)[1].min())
