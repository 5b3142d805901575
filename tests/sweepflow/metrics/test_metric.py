import warnings
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import get_scorer, get_scorer_names

from sweepflow.gating.decision import GateError, metric_named
from sweepflow.metrics import Metric
from sweepflow.metrics.scorers import scorer_named

N_ROWS = 40
GENERATOR = np.random.default_rng(3)
COUNTS = np.stack([np.bincount(GENERATOR.integers(N_ROWS, size=N_ROWS), minlength=N_ROWS) for _ in range(6)])

Rows = tuple[NDArray[Any], NDArray[Any]]


def _table(n_classes: int) -> NDArray[Any]:
    return GENERATOR.dirichlet(np.ones(n_classes), N_ROWS).round(2)


def _normalised(table: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(table / table.sum(axis=1, keepdims=True))


TWO = GENERATOR.integers(2, size=N_ROWS)
THREE = GENERATOR.integers(3, size=N_ROWS)
NUMBERS = GENERATOR.gamma(2, size=N_ROWS)
DATA: dict[str, dict[str, Rows]] = {
    "labels": {
        "two": (TWO, GENERATOR.integers(2, size=N_ROWS)),
        "three": (THREE, GENERATOR.integers(3, size=N_ROWS)),
    },
    # rounded, so that there are ties
    "scores": {
        "two": (TWO, GENERATOR.normal(size=N_ROWS).round(1)),
        "three": (THREE, _normalised(_table(3))),
    },
    "probabilities": {
        "two": (TWO, GENERATOR.random(N_ROWS).round(2)),
        "three": (THREE, _normalised(_table(3))),
    },
    "numbers": {"numbers": (NUMBERS, NUMBERS + GENERATOR.random(N_ROWS))},
}


def expected(name: str, truth: NDArray[Any], predicted: NDArray[Any], counts: NDArray[Any]) -> float:
    """What scikit-learn makes of the rows, each written out as often as it counts."""
    rows, scorer = np.repeat(np.arange(N_ROWS), counts), scorer_named(name)
    return float(scorer._sign * scorer._score_func(truth[rows], predicted[rows], **scorer._kwargs))


LOSSES = [name.removeprefix("neg_") for name in get_scorer_names() if name.startswith("neg_")]


@pytest.mark.parametrize("name", [*get_scorer_names(), *LOSSES])
def test_every_scorer_gives_over_resamples_what_it_gives_over_the_rows_written_out(name: str) -> None:
    metric = Metric(name)
    n_tried = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for truth, predicted in DATA[metric.kind].values():
            try:
                values = [expected(name, truth, predicted, counts) for counts in COUNTS]
            except ValueError:  # not of so many classes
                continue
            assert metric.scorer(truth, predicted)(COUNTS) == pytest.approx(values, abs=1e-12, nan_ok=True)
            n_tried += 1
    assert n_tried or name.endswith("_samples")  # those are for several labels a row


@pytest.mark.parametrize("name", ["f1_macro", "precision_weighted", "balanced_accuracy", "jaccard_macro"])
def test_a_class_that_a_resample_lacks_counts_as_in_scikit_learn(name: str) -> None:
    truth, predicted = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 3, 3])
    counts = np.array([[2, 2, 1, 0, 0], [1, 1, 0, 2, 1], [0, 3, 2, 0, 0]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values = []
        for row in counts:
            rows = np.repeat(np.arange(5), row)
            scorer = get_scorer(name)
            values.append(scorer._score_func(truth[rows], predicted[rows], **scorer._kwargs))
    assert Metric(name).scorer(truth, predicted)(counts) == pytest.approx(values)


def test_the_auc_of_tied_scores_counts_half_of_each_tie() -> None:
    # pairs of (positive, negative): .9 > .5, .9 > .1, .5 = .5, .5 > .1: 3.5 of 4
    scorer = Metric("roc_auc").scorer(np.array([1, 1, 0, 0]), np.array([0.9, 0.5, 0.5, 0.1]))
    assert scorer(np.array([[1, 1, 1, 1]])) == pytest.approx([3.5 / 4])
    # the tied positive row three times, the other one never: 3 * (.5 + 1) of 6
    assert scorer(np.array([[0, 3, 1, 1]])) == pytest.approx([4.5 / 6])


def test_r2_of_a_resample_of_one_value_is_as_in_scikit_learn() -> None:
    scorer = Metric("r2").scorer(np.array([0.1, 5.0]), np.array([0.1, 4.0]))
    assert list(scorer(np.array([[2, 0], [0, 2]]))) == [1.0, 0.0]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("accuracy", "labels"),
        ("f1_macro", "labels"),
        ("roc_auc", "scores"),
        ("neg_log_loss", "probabilities"),
        ("roc_auc_ovr", "probabilities"),
        ("neg_mean_absolute_error", "numbers"),
    ],
)
def test_a_metric_knows_what_predictions_it_takes(name: str, kind: str) -> None:
    assert Metric(name).kind == kind


def test_an_unknown_metric_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(GateError, match=r"scikit-learn scorer, got 'roc_acu'; did you mean roc_auc"):
        metric_named("roc_acu")


@pytest.mark.parametrize(
    "loss",
    ["mean_absolute_error", "mean_squared_error", "root_mean_squared_error", "max_error"],
)
def test_no_loss_at_all_is_nought_and_not_minus_nought(loss: str) -> None:
    values = Metric(loss).scorer(NUMBERS, NUMBERS)(COUNTS)
    assert not np.signbit(values).any()
    assert (values == 0).all()
