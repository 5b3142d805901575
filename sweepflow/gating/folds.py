"""The gate over folds, for models that were each trained and scored several times."""

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

from sweepflow.gating.decision import Bar, GateDecision, GateError


def fold_gate(
    champion_scores: Sequence[float],
    challenger_scores: Sequence[float],
    *,
    test_share: float,
    min_improvement: float = 0.0,
    confidence: float = 0.95,
) -> GateDecision:
    """Compare scores on the same folds, greater being better, by the corrected resampled t-test.

    `test_share` is the share of the rows that each fold tests on (1/k for k folds). The training parts
    overlap, so the variance of the mean difference is taken as (1/n + test/train) times that of the n
    differences (Nadeau and Bengio, 2003, Inference for the generalization error, section 3), with n - 1
    degrees of freedom; for repeated folds, give the scores of all repetitions (Bouckaert and Frank, 2004).
    """
    bar = Bar(min_improvement, confidence)
    bar.check()
    differences = _differences(champion_scores, challenger_scores)
    if not 0 < test_share < 1:
        raise GateError(f"test_share must be > 0 and < 1, got {test_share}")
    n = len(differences)
    mean = float(differences.mean())
    variance = (1 / n + test_share / (1 - test_share)) * float(differences.var(ddof=1))
    margin = float(stats.t.ppf((1 + confidence) / 2, n - 1)) * math.sqrt(variance)
    return bar.decide(f"mean over {n} folds", mean, mean - margin, mean + margin)


def _differences(
    champion: Sequence[float], challenger: Sequence[float]
) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    before, after = (np.asarray(scores, dtype=np.float64) for scores in (champion, challenger))
    if before.shape != after.shape or before.ndim != 1:
        raise GateError(f"both need one score for each fold, got {before.shape} and {after.shape}")
    if len(before) < 2:
        raise GateError(f"at least 2 folds are needed, got {len(before)}")
    if not (np.isfinite(before).all() and np.isfinite(after).all()):
        raise GateError("every fold's score must be a finite number")
    return after - before
