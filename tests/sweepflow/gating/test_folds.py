import math
from typing import Any

import numpy as np
import pytest

from sweepflow import fold_gate
from sweepflow.gating import GateError

CHAMPION = [0.80, 0.82, 0.78, 0.81, 0.79]


def challenger(*differences: float) -> list[float]:
    return [score + difference for score, difference in zip(CHAMPION, differences, strict=True)]


def test_the_interval_is_that_of_the_corrected_t_test_by_hand() -> None:
    # differences .01 to .05: mean .03, variance .00025; (1/5 + .2/.8) * .00025 = .0001125, its root .0106066;
    # t of .975 with 4 degrees of freedom is 2.776445
    found = fold_gate(CHAMPION, challenger(0.01, 0.02, 0.03, 0.04, 0.05), test_share=0.2)
    assert found.difference == pytest.approx(0.03)
    assert found.low == pytest.approx(0.03 - 2.776445 * math.sqrt(0.0001125), abs=1e-8)
    assert found.high == pytest.approx(0.03 + 2.776445 * math.sqrt(0.0001125), abs=1e-8)
    assert found.promote
    assert found.reason.startswith("mean over 5 folds: +0.03 (95 % interval 0.0005514 to 0.05945)")


def test_without_the_correction_it_would_have_promoted() -> None:
    # the same mean, variance .0004: the margin is 2.776 * .00894 = .025 without and 2.776 * .0134 = .037 with
    spread = math.sqrt(0.0004)
    differences = [0.03 - spread * math.sqrt(2), 0.03, 0.03, 0.03, 0.03 + spread * math.sqrt(2)]
    assert np.var(differences, ddof=1) == pytest.approx(0.0004)
    assert not fold_gate(CHAMPION, challenger(*differences), test_share=0.2).promote


def test_it_promotes_only_above_the_least_improvement() -> None:
    better = challenger(0.02, 0.02, 0.02, 0.02, 0.02)
    assert fold_gate(CHAMPION, better, test_share=0.2, min_improvement=0.019).promote
    assert not fold_gate(CHAMPION, better, test_share=0.2, min_improvement=0.02).promote


def test_the_same_scores_are_never_promoted() -> None:
    found = fold_gate(CHAMPION, CHAMPION, test_share=0.2)
    assert (found.promote, found.difference, found.low, found.high) == (False, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"challenger_scores": [0.8]}, r"one score for each fold, got \(5,\) and \(1,\)"),
        ({"champion_scores": [0.8], "challenger_scores": [0.9]}, "at least 2 folds are needed, got 1"),
        ({"challenger_scores": [0.8, 0.8, 0.8, 0.8, math.nan]}, "must be a finite number"),
        ({"test_share": 0}, "test_share must be > 0 and < 1, got 0"),
        ({"test_share": 1}, "test_share must be > 0 and < 1, got 1"),
        ({"confidence": 1.0}, "confidence must be > 0 and < 1, got 1.0"),
        ({"min_improvement": -0.1}, "min_improvement must be >= 0 and finite, got -0.1"),
    ],
)
def test_what_cannot_be_compared_is_refused(change: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"champion_scores": CHAMPION, "challenger_scores": CHAMPION, "test_share": 0.2}
    given |= change
    champion_scores, challenger_scores = given.pop("champion_scores"), given.pop("challenger_scores")
    with pytest.raises(GateError, match=message):
        fold_gate(champion_scores, challenger_scores, **given)
