"""Whether a model has become worse."""

from pathlib import Path

import numpy as np
import pytest

from sweepflow.data.roles import Roles
from sweepflow.gating import GateError, fall
from sweepflow.gating.fall import Scored


def scored(seed: int, n_rows: int, share_right: float) -> Scored:
    """Labels, and predictions of which exactly this share is right."""
    truth = np.arange(n_rows) % 2
    wrong = np.random.default_rng(seed).permutation(n_rows) >= round(share_right * n_rows)
    return Scored(truth, np.where(wrong, 1 - truth, truth))


def test_a_clear_fall_is_seen_and_a_small_one_is_within_chance() -> None:
    before = scored(1, 200, 0.9)
    # The standard error of the difference is sqrt(.9 * .1 / 200 + .7 * .3 / 200) = 0.039.
    clear = fall(before, scored(2, 200, 0.7), metric="accuracy")
    assert (clear.has_fallen, clear.before, clear.after) == (True, 0.9, 0.7)
    assert clear.low == pytest.approx(-0.2 - 1.97 * 0.039, abs=0.012)
    assert clear.high == pytest.approx(-0.2 + 1.97 * 0.039, abs=0.012)
    assert not fall(before, scored(2, 200, 0.86), metric="accuracy").has_fallen


def test_a_fall_within_the_tolerance_is_none() -> None:
    before, after = scored(1, 200, 0.9), scored(2, 200, 0.7)
    assert fall(before, after, metric="accuracy", tolerance=0.1).has_fallen  # the bound is -0.124
    assert not fall(before, after, metric="accuracy", tolerance=0.15).has_fallen


def test_a_model_that_has_become_better_has_not_fallen() -> None:
    found = fall(scored(1, 200, 0.7), scored(2, 200, 0.9), metric="accuracy")
    assert not found.has_fallen
    assert found.difference == pytest.approx(0.2)


def test_the_same_quality_is_called_a_fall_as_seldom_as_the_confidence_says() -> None:
    generator = np.random.default_rng(5)

    def sample() -> Scored:
        truth = generator.integers(0, 2, 150)
        return Scored(truth, truth + generator.normal(0, 1, 150))

    n_falls = sum(fall(sample(), sample(), metric="roc_auc").has_fallen for _ in range(100))
    assert n_falls <= 7  # 2.5 are expected; 8 or more have a chance of 0.4 %


def test_weights_are_left_out_for_a_function_that_takes_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = (
        "from sweepflow import metric",
        "@metric",
        "def right(truth, prediction): return sum(truth == prediction)",
    )
    (tmp_path / "fall_scores.py").write_text("\n".join(lines))
    before, after = scored(1, 200, 0.9), scored(2, 200, 0.7)
    weighed = [each._replace(roles=Roles(weight=np.linspace(0, 3, 200))) for each in (before, after)]
    monkeypatch.syspath_prepend(str(tmp_path))
    plain = fall(before, after, metric="fall_scores:right")
    assert fall(*weighed, metric="fall_scores:right") == plain


def test_predictions_that_do_not_fit_are_refused() -> None:
    with pytest.raises(GateError, match="at least two classes"):
        fall(scored(1, 200, 0.9), Scored([1, 1], [0.2, 0.3]), metric="roc_auc")
    with pytest.raises(GateError, match="min_improvement must be >= 0"):
        fall(scored(1, 20, 0.9), scored(1, 20, 0.9), metric="accuracy", tolerance=-1)


@pytest.mark.parametrize(("spread", "has_fallen"), [(3.0, True), (0.3, False)])
def test_a_loss_that_grows_is_a_fall_and_one_that_shrinks_is_none(spread: float, has_fallen: bool) -> None:
    generator = np.random.default_rng(3)
    truth = generator.normal(size=200)
    before, after = (Scored(truth, truth + generator.normal(0, s, 200)) for s in (1.0, spread))
    found = fall(before, after, metric="root_mean_squared_error", tolerance=0.1)
    assert found.has_fallen is has_fallen
    assert (found.after > found.before) is has_fallen
    assert (found.difference < 0) is has_fallen
    assert found.low < found.difference < found.high
