import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.metrics import f1_score, roc_auc_score

from sweepflow import GateDecision, gate
from sweepflow.errors import SweepflowError
from sweepflow.gating import resamples

N_SIMULATIONS = 200
Simulated = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]


def models(generator: np.random.Generator, n_rows: int, better: float = 0.0) -> Simulated:
    """Two classes, and two models' scores: as good as each other, but for what `better` adds."""
    truth = generator.integers(2, size=n_rows)
    signal = 1.2 * truth + generator.normal(size=n_rows)
    champion, challenger = (signal + generator.normal(size=n_rows) for _ in range(2))
    return truth, champion, challenger + better * truth


def as_probability(scores: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(1 / (1 + np.exp(-(scores - 0.6))))


def as_label(scores: NDArray[Any]) -> NDArray[Any]:
    return (scores > 0.6).astype(int)


def n_promoted(
    metric: str,
    turn: Callable[[NDArray[Any]], NDArray[Any]],
    n_rows: int,
    better: float,
    n_simulations: int = N_SIMULATIONS,
) -> int:
    generator = np.random.default_rng(11)
    promoted = 0
    for seed in range(n_simulations):
        truth, champion, challenger = models(generator, n_rows, better)
        promoted += gate(truth, turn(champion), turn(challenger), metric=metric, seed=seed).promote
    return promoted


# --- chance and power


@pytest.mark.parametrize(
    ("metric", "turn", "n_rows"),
    [
        ("roc_auc", np.asarray, 30),
        ("roc_auc", np.asarray, 100),
        ("accuracy", as_label, 150),
        ("f1", as_label, 150),
        ("neg_log_loss", as_probability, 60),
    ],
)
def test_of_200_challengers_no_better_than_the_champion_at_most_5_percent_are_promoted(
    metric: str, turn: Callable[[NDArray[Any]], NDArray[Any]], n_rows: int
) -> None:
    assert n_promoted(metric, turn, n_rows, better=0.0) <= 0.05 * N_SIMULATIONS


def test_challengers_that_seldom_differ_from_the_champion_are_not_promoted_by_chance() -> None:
    generator = np.random.default_rng(5)
    promoted = 0
    for seed in range(N_SIMULATIONS):
        truth = generator.integers(2, size=300)
        right = generator.random((2, 300)) < 0.9
        is_other = generator.random(300) < 0.1  # about 5 of the 300 labels differ
        champion = np.where(right[0], truth, 1 - truth)
        challenger = np.where(is_other & right[1], truth, np.where(is_other, 1 - truth, champion))
        promoted += gate(truth, champion, challenger, metric="accuracy", seed=seed).promote
    assert promoted <= 0.05 * N_SIMULATIONS


@pytest.mark.parametrize(
    ("metric", "turn", "n_rows"),
    [("roc_auc", np.asarray, 150), ("accuracy", as_label, 300), ("neg_log_loss", as_probability, 300)],
)
def test_challengers_that_are_much_better_are_nearly_always_promoted(
    metric: str, turn: Callable[[NDArray[Any]], NDArray[Any]], n_rows: int
) -> None:
    # An AUC of .80 becomes one of .94. With a power of .97, fewer than 72 of 80 are promoted once in 1,500.
    assert n_promoted(metric, turn, n_rows, better=1.0, n_simulations=80) >= 0.9 * 80


def test_challengers_that_are_a_little_better_are_promoted_more_often_with_more_rows() -> None:
    # Shares of 80 have a standard error of at most .056: .4 and .8 are seven of them apart.
    few, many = (
        n_promoted("neg_brier_score", as_probability, n_rows, better=0.5, n_simulations=80)
        for n_rows in (60, 600)
    )
    assert few < 0.4 * 80 < 0.8 * 80 < many


# --- the decision


def test_the_difference_is_that_of_the_metric_on_all_rows_and_lies_in_the_interval() -> None:
    truth, champion, challenger = models(np.random.default_rng(0), 300, better=1.0)
    found = gate(truth, champion, challenger, metric="roc_auc", min_improvement=0, confidence=0.95, seed=0)
    assert isinstance(found, GateDecision)
    assert found.difference == pytest.approx(
        roc_auc_score(truth, challenger) - roc_auc_score(truth, champion)
    )
    assert 0 < found.low < found.difference < found.high
    assert found.promote is True
    assert "roc_auc 0.7" in found.reason
    assert "which is wholly above 0" in found.reason


def test_the_interval_of_a_mean_agrees_with_the_normal_one() -> None:
    generator = np.random.default_rng(1)
    truth = generator.normal(size=2000)
    champion, challenger = truth + generator.normal(size=2000), truth + 0.9 * generator.normal(size=2000)
    each = (truth - champion) ** 2 - (truth - challenger) ** 2
    margin = 1.96 * each.std(ddof=1) / np.sqrt(2000)
    found = gate(truth, champion, challenger, metric="neg_mean_squared_error")
    assert found.difference == pytest.approx(each.mean())
    assert found.low == pytest.approx(each.mean() - margin, abs=0.1 * margin)
    assert found.high == pytest.approx(each.mean() + margin, abs=0.1 * margin)


@pytest.mark.parametrize("metric", ["accuracy", "f1", "balanced_accuracy"])
def test_of_many_rows_with_labels_the_interval_is_as_if_each_row_was_drawn(
    metric: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth, *scores = models(np.random.default_rng(4), 30_000, better=0.05)
    given = truth, *map(as_label, scores)
    by_count = gate(*given, metric=metric)
    monkeypatch.setattr(resamples, "_MANY_ALIKE", 30_000)
    by_row = gate(*given, metric=metric)
    assert by_count.difference == by_row.difference
    width = by_row.high - by_row.low
    assert (by_count.low, by_count.high) == pytest.approx((by_row.low, by_row.high), abs=0.1 * width)
    assert (by_count.low, by_count.high) != (by_row.low, by_row.high)


def test_of_many_rows_with_labels_the_interval_is_mirrored_too() -> None:
    truth, *scores = models(np.random.default_rng(2), 30_000, better=0.05)
    champion, challenger = map(as_label, scores)
    there = gate(truth, champion, challenger, metric="f1", seed=3)
    back = gate(truth, challenger, champion, metric="f1", seed=3)
    assert (back.difference, back.low, back.high) == pytest.approx(
        (-there.difference, -there.high, -there.low)
    )


def test_champion_and_challenger_exchanged_mirror_the_interval() -> None:
    truth, champion, challenger = models(np.random.default_rng(2), 200, better=0.5)
    there = gate(truth, champion, challenger, metric="roc_auc", seed=3)
    back = gate(truth, challenger, champion, metric="roc_auc", seed=3)
    assert (back.difference, back.low, back.high) == pytest.approx(
        (-there.difference, -there.high, -there.low)
    )
    assert not back.promote


def test_a_seed_gives_the_same_interval_again_and_another_one_another() -> None:
    given = models(np.random.default_rng(2), 200)
    first, again, other = (gate(*given, metric="roc_auc", seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first.low != other.low
    assert first.difference == other.difference


def test_more_confidence_makes_a_wider_interval() -> None:
    given = models(np.random.default_rng(2), 200)
    wide, narrow = (gate(*given, metric="roc_auc", confidence=level) for level in (0.99, 0.8))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_it_must_be_better_by_more_than_the_least_improvement() -> None:
    truth = np.zeros(100)
    champion, challenger = np.full(100, 3.0), np.full(100, 1.0)  # 2 better on every row
    for least, promote in ((1.999, True), (2.0, False), (2.001, False)):
        found = gate(truth, champion, challenger, metric="neg_mean_absolute_error", min_improvement=least)
        assert (found.promote, found.low, found.high) == (promote, 2.0, 2.0)


@pytest.mark.parametrize("loss", ["mean_absolute_error", "root_mean_squared_error", "median_absolute_error"])
def test_of_a_loss_the_smaller_is_better_and_the_difference_is_the_improvement(loss):
    generator = np.random.default_rng(4)
    truth = generator.normal(10, 2, 120)
    far, near = (truth + generator.normal(0, spread, 120) for spread in (2.0, 1.0))
    found = gate(truth, far, near, metric=loss)
    turned = gate(truth, far, near, metric=f"neg_{loss}")
    assert found.promote
    assert found[2:] == pytest.approx(turned[2:])
    assert 0 < found.low < found.difference < found.high
    assert f"{loss} " in found.reason
    assert " (smaller is better): +" in found.reason
    worse = gate(truth, near, far, metric=loss)
    assert not worse.promote
    assert worse.high < 0
    assert not gate(truth, far, near, metric=loss, min_improvement=2.0).promote


@pytest.mark.parametrize("metric", ["accuracy", "roc_auc", "neg_log_loss", "f1", "neg_mean_squared_error"])
def test_the_same_predictions_are_never_promoted(metric: str) -> None:
    truth = np.arange(60) % 2
    same = truth * 1.0
    found = gate(truth, same, same, metric=metric, confidence=0.01)
    assert (found.promote, found.difference, found.low, found.high) == (False, 0.0, 0.0, 0.0)


def test_scores_in_the_same_order_have_the_same_auc() -> None:
    truth, champion, _ = models(np.random.default_rng(2), 200)
    assert not gate(truth, champion, np.exp(champion), metric="roc_auc", confidence=0.01).promote


def test_one_row_that_differs_is_one_row() -> None:
    truth = np.arange(40) % 2
    found = gate(truth, truth, np.where(np.arange(40) == 0, 1 - truth, truth), metric="accuracy")
    assert found.reason.startswith("only 1 row can tell the models apart by accuracy, at least 6")


@pytest.mark.parametrize(("n_corrected", "promote"), [(5, False), (8, True)])
def test_a_handful_of_corrected_rows_is_not_enough(n_corrected: int, promote: bool) -> None:
    # 5 rows better and none worse come by chance once in 32 times, 8 once in 256: 1 in 40 is the limit
    truth = np.arange(200) % 2
    champion = np.where(np.arange(200) < 10, 1 - truth, truth)
    challenger = np.where(np.arange(200) < 10 - n_corrected, 1 - truth, truth)
    found = gate(truth, champion, challenger, metric="accuracy")
    assert found.promote is promote
    assert found.difference == pytest.approx(n_corrected / 200)
    is_too_few = "only 5 rows can tell the models apart by accuracy, at least 6 are needed"
    assert (found.reason == is_too_few) is not promote


def test_a_class_of_few_rows_is_in_every_resample_and_limits_what_can_be_told() -> None:
    generator = np.random.default_rng(0)
    for n_positive, promote in ((5, False), (12, True)):
        truth = np.arange(300) < n_positive
        found = gate(truth, generator.normal(size=300), truth + 0.0, metric="roc_auc")
        assert np.isfinite([found.low, found.high]).all()
        assert found.promote is promote


# --- what it takes


def test_labels_may_be_text_and_the_greater_one_is_the_positive_one() -> None:
    generator = np.random.default_rng(4)
    truth, champion, challenger = (generator.choice(["benign", "malignant"], 80) for _ in range(3))
    found = gate(pd.Series(truth), pd.Series(champion), list(challenger), metric="f1")
    values = [f1_score(truth, labels, pos_label="malignant") for labels in (champion, challenger)]
    assert found.difference == pytest.approx(values[1] - values[0])
    scores = generator.normal(size=(2, 80))
    expected = [roc_auc_score(truth == "malignant", row) for row in scores]
    assert gate(truth, *scores, metric="roc_auc").difference == pytest.approx(expected[1] - expected[0])


def test_a_table_of_two_probabilities_is_that_of_the_greater_label() -> None:
    truth, *scores = models(np.random.default_rng(2), 100)
    first, second = map(as_probability, scores)
    tables = [np.column_stack([1 - column, column]) for column in (first, second)]
    for metric in ("roc_auc", "neg_log_loss", "neg_brier_score", "average_precision"):
        assert gate(truth, *tables, metric=metric) == gate(truth, first, second, metric=metric)


def test_several_classes_take_a_column_each_in_the_order_of_their_labels() -> None:
    truth = np.array(["c", "a", "b"] * 20)
    right = (truth[:, np.newaxis] == np.array(["a", "b", "c"])) * 0.7 + 0.1
    even = np.full((60, 3), 1 / 3)
    found = gate(truth, even, right, metric="neg_log_loss")
    assert found.difference == pytest.approx(np.log(0.8) - np.log(1 / 3))
    assert found.promote


def test_a_label_that_is_not_in_the_truth_is_merely_wrong() -> None:
    truth = np.array(["a", "b"] * 20)
    champion = np.where(np.arange(40) < 20, "c", truth)
    assert gate(truth, champion, truth, metric="accuracy").difference == 0.5
    assert gate(truth, champion, truth, metric="f1_macro").promote


@pytest.mark.parametrize(
    ("labels", "wrong", "told"),
    [
        ([1, 2, 3], [0, 1, 2], "0, 1, 2 and y_true 1, 2, 3"),
        ([1, 2], [0, 1], "0, 1 and y_true 1, 2"),
        ([0, 5, 9], [0, 1, 2], "0, 1, 2 and y_true 0, 5, 9"),
        (["no", "yes"], [0, 1], "0, 1 and y_true 'no', 'yes'"),
        ([0, 1], ["0", "1"], "'0', '1' and y_true 0, 1"),
        (["a", "b"], ["A", "B"], "'A', 'B' and y_true 'a', 'b'"),
    ],
)
def test_predictions_in_other_labels_are_not_compared_and_both_sets_are_named(
    labels: list[Any], wrong: list[Any], told: str
) -> None:
    places = np.arange(60) % len(labels)
    truth, good = np.array(labels)[places], np.array(labels)[np.roll(places, 1) * (np.arange(60) < 30)]
    encoded = np.array(wrong)[places]
    for given in ({"champion": good, "challenger": encoded}, {"champion": encoded, "challenger": good}):
        with pytest.raises(SweepflowError, match=f"holds {told}: predictions must be in"):
            gate(truth, **given, metric="accuracy")


def test_labels_that_the_rows_lack_may_be_predicted_where_they_are_given() -> None:
    truth = np.array([1, 2] * 20)
    champion = np.where(np.arange(40) < 20, 0, truth)
    assert gate(truth, champion, truth, metric="accuracy", labels=[0, 1, 2]).difference == 0.5


def test_booleans_are_labels() -> None:
    truth = np.arange(40) % 2 == 0
    assert gate(truth, ~truth, truth, metric="accuracy").promote


GOOD: dict[str, Any] = {
    "y_true": [0, 1] * 10,
    "champion": [0.5, 0.4] * 10,
    "challenger": [0.1, 0.9] * 10,
    "metric": "roc_auc",
}
THREE = [0, 1, 2] * 10
TABLE = [[0.2, 0.3, 0.5]] * 30


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"champion": [0.2]}, "champion must have a prediction for each of 20 rows, got 1"),
        ({"challenger": [0.2] * 21}, "challenger must have a prediction for each of 20 rows, got 21"),
        ({"y_true": [], "champion": [], "challenger": []}, "there are no rows"),
        ({"y_true": 1}, "y_true must have one value a row"),
        ({"y_true": [[0, 1]] * 20}, r"y_true must have one value a row, got shape \(20, 2\)"),
        ({"champion": [np.nan, 0.4] * 10}, "champion must have no missing values, got NaN in 10 of 20 rows"),
        ({"y_true": [None, 1] * 10}, "y_true must have no missing values"),
        ({"champion": [np.inf, 0.4] * 10}, "champion must hold finite numbers, got infinity"),
        ({"champion": ["yes", "no"] * 10}, "champion must hold numbers"),
        ({"y_true": [1] * 20}, "y_true must hold at least two classes, got only 1"),
        ({"y_true": np.array(["a", 1] * 10, dtype=object)}, "labels must all be text or all be numbers"),
        ({"metric": "roc_auk"}, "scikit-learn scorer, got 'roc_auk'; did you mean roc_auc"),
        ({"metric": "accuracy"}, "champion must hold labels for this metric, not scores, got 0.5"),
        ({"metric": "neg_log_loss", "champion": [2, -1] * 10}, "champion must hold probabilities .* -1 to 2"),
        ({"champion": TABLE[:20]}, r"champion must have a score a row \(0, 1\), got shape \(20, 3\)"),
        ({"metric": "f1_samples", "champion": [0, 1] * 10, "challenger": [1, 1] * 10}, "f1_samples cannot"),
        ({"confidence": 0}, "confidence must be > 0 and < 1, got 0"),
        ({"confidence": 95}, "confidence must be > 0 and < 1, got 95"),
        ({"min_improvement": -0.01}, "min_improvement must be >= 0 and finite, got -0.01"),
        ({"min_improvement": float("nan")}, "min_improvement must be >= 0 and finite, got nan"),
        (
            {"y_true": THREE, "champion": TABLE, "challenger": [0.1] * 30, "metric": "neg_log_loss"},
            r"challenger must have a column for each of 3 classes \(0, 1, 2\), got shape \(30,\)",
        ),
        (
            {"y_true": THREE, "champion": TABLE, "challenger": [[0.2] * 3] * 30, "metric": "neg_log_loss"},
            "challenger must hold probabilities that add up to 1",
        ),
        ({"y_true": THREE, "champion": TABLE, "challenger": TABLE}, "roc_auc cannot score these predictions"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_sentence(change: dict[str, Any], message: str) -> None:
    assert gate(**GOOD).promote
    with pytest.raises(SweepflowError, match=message) as caught:
        gate(**{**GOOD, **change})
    assert isinstance(caught.value, ValueError)
    assert "\n" not in str(caught.value)


def test_sweepflow_gate_is_the_function_whatever_was_imported_before() -> None:
    code = "import sweepflow.gating.bootstrap, sweepflow; assert callable(sweepflow.gate)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
