"""The intervals of metrics: how often they hold the truth, and what of the rows is drawn together."""

import numpy as np
import pytest

from benchmarks.coverage import SITUATIONS, coverage
from sweepflow.data.roles import NO_ROLES, Roles
from sweepflow.metrics import Metric
from sweepflow.metrics.intervals import Sample, bounds
from sweepflow.metrics.score_interval import share_interval
from sweepflow.metrics.units import block_length, units_of

BY_NAME = {(s.metric, s.name): s for s in SITUATIONS}


def interval(metric, truth, predicted, roles=NO_ROLES, seed=0):
    sample, scored = Sample(np.asarray(truth), np.asarray(predicted), roles), Metric(metric)
    scorer = scored.scorer(sample.truth, sample.predicted)
    weight = 1 if roles.weight is None else roles.weight
    value = float(scorer(np.ones((1, len(truth))) * weight)[0])
    generator = np.random.default_rng(seed)
    return bounds(scored, sample, lambda counts: scorer(counts * weight), value, generator)


def width(*arguments):
    low, high = interval(*arguments)
    return high - low


# --- how often the truth is in them


@pytest.mark.parametrize("n_rows", [60, 300, 3000])
@pytest.mark.parametrize(
    "case",
    [
        ("accuracy", "right on .9"),
        ("accuracy", "one class all right"),
        ("accuracy", "one class all wrong"),
        ("f1", "both classes alike"),
        ("f1", "one class all right"),
        ("f1", "the other all right"),
        ("roc_auc", ".92"),
    ],
    ids=" ".join,
)
def test_between_93_and_97_of_100_intervals_hold_the_truth(case, n_rows):
    # Over 600 test sets the standard error of the share is 0.9 points.
    assert 0.93 <= coverage(BY_NAME[case], n_rows, 600 if n_rows < 3000 else 300) <= 0.97


@pytest.mark.parametrize(("n_rows", "n_samples"), [(60, 150), (300, 60)])
@pytest.mark.parametrize("case", [("r2", "normal"), ("log_loss", "calibrated")], ids=" ".join)
def test_intervals_that_are_drawn_hold_the_truth_as_often_within_chance(case, n_rows, n_samples):
    # The benchmark shows it with 1,000 test sets; three standard errors of 60 are 8 points.
    assert 0.87 <= coverage(BY_NAME[case], n_rows, n_samples) <= 1.0


@pytest.mark.parametrize("metric", ["accuracy", "roc_auc"])
@pytest.mark.parametrize("name", ["in groups", "in time", "weighted"])
def test_rows_that_belong_together_or_weigh_differently_leave_them_true(metric, name):
    # Over 250 test sets the standard error is 1.4 points; three of them make the band.
    assert 0.91 <= coverage(BY_NAME[metric, name], 300, 250) <= 0.99


@pytest.mark.parametrize("name", ["in groups", "in time"])
def test_the_same_rows_taken_for_independent_ones_hold_the_truth_too_seldom(name):
    situation = BY_NAME["accuracy", name]
    blind = situation._replace(draw=lambda *of: situation.draw(*of)._replace(roles=NO_ROLES))
    assert coverage(blind, 300, 250) < 0.88


# --- what of the rows is drawn together


LABELS = np.arange(200) % 2
GUESSES = np.where(np.random.default_rng(4).random(200) < 0.15, 1 - LABELS, LABELS)
NUMBERS = np.random.default_rng(1).normal(size=200)
ESTIMATES = NUMBERS + np.random.default_rng(2).normal(size=200)
CASES = {
    "accuracy": (LABELS, GUESSES),
    "f1_macro": (LABELS, GUESSES),
    "roc_auc": (LABELS, LABELS + 2 * NUMBERS),
    "average_precision": (LABELS, LABELS + 2 * NUMBERS),
    "r2": (NUMBERS, ESTIMATES),
    "mean_absolute_error": (NUMBERS, ESTIMATES),
}


@pytest.mark.parametrize("metric", CASES)
def test_rows_written_three_times_tell_no_more_than_once_where_they_are_groups(metric):
    truth, predicted = CASES[metric]
    thrice = np.repeat(truth, 3), np.repeat(predicted, 3)
    groups = Roles(group=np.repeat(np.arange(200), 3))
    once = width(metric, truth, predicted)
    assert width(metric, *thrice, groups) == pytest.approx(once, rel=0.12)
    assert width(metric, *thrice) == pytest.approx(once / np.sqrt(3), rel=0.2)


@pytest.mark.parametrize("metric", ["accuracy", "f1_macro", "roc_auc", "r2", "mean_absolute_error"])
def test_rows_that_come_in_runs_tell_less_where_they_follow_each_other_in_time(metric):
    truth, predicted = (np.repeat(part, 8) for part in CASES[metric])
    in_order, shuffled = np.arange(1600), np.random.default_rng(3).permutation(1600)
    wide = width(metric, truth, predicted, Roles(time=in_order))
    assert wide == pytest.approx(width(metric, *CASES[metric]), rel=0.4)
    rows = Roles(time=in_order[shuffled])
    assert width(metric, truth[shuffled], predicted[shuffled], rows) == pytest.approx(wide, rel=0.12)
    assert width(metric, truth, predicted) < 0.6 * wide


@pytest.mark.parametrize("metric", CASES)
def test_weights_that_are_all_alike_change_nothing(metric):
    plain = interval(metric, *CASES[metric])
    weighed = interval(metric, *CASES[metric], Roles(weight=np.full(200, 0.25)))
    assert weighed == pytest.approx(plain, rel=0.02)


@pytest.mark.parametrize("metric", CASES)
def test_rows_without_weight_count_for_nothing(metric):
    truth, predicted = CASES[metric]
    weight = np.where(np.arange(200) < 100, 1.0, 0.0)
    half = interval(metric, truth[:100], predicted[:100])
    assert interval(metric, truth, predicted, Roles(weight=weight)) == pytest.approx(half, rel=0.25, abs=0.03)


def test_a_block_is_longer_the_longer_rows_depend_on_each_other():
    noise = np.random.default_rng(5).normal(size=800)
    lengths = [block_length(np.convolve(noise, np.ones(n), "same")) for n in (1, 8, 16)]
    assert 10 <= lengths[0] < lengths[1] < lengths[2] <= 100
    units = units_of(800, Roles(time=np.arange(800)), np.convolve(noise, np.ones(300), "same"))
    assert units.n == 8
    assert np.bincount(units.of_row).tolist() == [100] * 8


# --- the score interval


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [(30, 60, 0.3774, 0.6226), (81, 263, 0.2553, 0.3662)],
)
def test_a_share_has_wilsons_interval(right, n, low, high):
    # 81 of 263 are the example of Newcombe (1998, Two-sided confidence intervals for the single proportion).
    assert share_interval(right / n, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("right", [59, 60])
def test_a_share_next_to_all_has_bounds_that_cover_what_may_well_be(right):
    low, high = share_interval(right / 60, 60)
    # Wilson's own upper bound for 59 of 60 is 0.9970, though 0.9985 gives 59 or fewer in 9 of 100 samples.
    assert 0.9 < low < 0.95
    assert high > 0.999


def test_a_share_of_no_rows_may_be_anything():
    assert share_interval(0.0, 0) == (0.0, 1.0)
