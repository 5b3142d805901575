"""Metrics of several targets: scikit-learn's means over them, on all rows and on resamples; the gate."""

import numpy as np
import pytest
from sklearn.metrics import get_scorer, r2_score

from sweepflow import gate
from sweepflow.data.roles import Roles
from sweepflow.errors import SweepflowError
from sweepflow.gating import fall
from sweepflow.gating.fall import Scored
from sweepflow.metrics import Metric
from sweepflow.metrics.intervals import Sample, bounds

N_ROWS = 80
TAKE_SEVERAL = [
    "r2",
    "neg_root_mean_squared_error",
    "neg_mean_squared_error",
    "mean_absolute_error",
    "explained_variance",
    "neg_median_absolute_error",
]


@pytest.fixture
def generator():
    return np.random.default_rng(0)


@pytest.fixture
def truth(generator):
    """A target of small numbers, and one of great ones."""
    return generator.normal(size=(N_ROWS, 2)) * [1, 1000]


@pytest.fixture
def predicted(truth, generator):
    return truth + generator.normal(size=truth.shape) * [0.5, 900]


def by_scikit_learn(name, truth, predicted, counts):
    metric = Metric(name)
    rows = np.repeat(np.arange(len(truth)), counts)
    scorer = get_scorer(metric.scorer_name)
    value = scorer._sign * scorer._score_func(truth[rows], predicted[rows])
    return -value if metric.is_negated else value


@pytest.mark.parametrize("name", TAKE_SEVERAL)
def test_each_resample_is_scored_as_by_scikit_learn(name, truth, predicted, generator):
    counts = generator.multinomial(N_ROWS, np.full(N_ROWS, 1 / N_ROWS), size=5)
    expected = [by_scikit_learn(name, truth, predicted, row) for row in counts]
    assert Metric(name).scorer(truth, predicted)(counts) == pytest.approx(expected)


@pytest.mark.parametrize("name", TAKE_SEVERAL)
def test_the_interval_of_a_target_twice_is_nearly_that_of_it_once(name, truth, predicted):
    metric, once, answers = Metric(name), truth[:, 0], predicted[:, 0]
    twice = np.column_stack([once, once]), np.column_stack([answers, answers])
    value = by_scikit_learn(name, once, answers, np.ones(N_ROWS, dtype=int))

    def interval(true, answered):
        scorer = metric.scorer(true, answered)
        return bounds(metric, Sample(true, answered), scorer, value, np.random.default_rng(1))

    low, high = interval(once, answers)
    assert low < value < high
    # The root of a mean is measured as one where there are several, and through the mean where there is one.
    assert interval(*twice) == pytest.approx((low, high), abs=0.1 * (high - low))


def test_rows_of_one_time_are_drawn_together_whatever_the_units(truth, predicted):
    roles = Roles(time=np.arange(N_ROWS))
    metric = Metric("explained_variance")
    scorer, value = metric.scorer(truth, predicted), 0.8
    low, high = bounds(metric, Sample(truth, predicted, roles), scorer, value, np.random.default_rng(1))
    scaled = Sample(truth * [1, 1e-6], predicted * [1, 1e-6], roles)
    scorer = metric.scorer(scaled.truth, scaled.predicted)
    assert bounds(metric, scaled, scorer, value, np.random.default_rng(1)) == pytest.approx((low, high))


def test_the_gate_and_the_probe_compare_the_means_over_targets(truth, predicted, generator):
    worse = predicted + generator.normal(size=truth.shape) * [0.5, 900]
    decision = gate(truth, worse, predicted, metric="r2")
    assert decision.promote
    assert decision.difference == pytest.approx(r2_score(truth, predicted) - r2_score(truth, worse))
    assert not gate(truth, predicted, worse, metric="root_mean_squared_error").promote
    assert not gate(truth, predicted, predicted, metric="r2").promote
    found = fall(Scored(truth, predicted), Scored(truth, worse), metric="r2")
    assert (found.has_fallen, found.before) == (True, pytest.approx(r2_score(truth, predicted)))


@pytest.mark.parametrize("places", [[0], [0, 1, 1]])
def test_predictions_of_other_targets_are_refused(places, truth, predicted):
    with pytest.raises(SweepflowError, match="challenger must have a value for each of 2 targets, got shape"):
        gate(truth, predicted, predicted[:, places], metric="r2")


def test_a_metric_of_classes_takes_no_several_targets(truth, predicted):
    with pytest.raises(SweepflowError, match=r"y_true must have one value a row, got shape \(80, 2\)"):
        gate(truth > 0, predicted > 0, predicted > 0, metric="accuracy")
