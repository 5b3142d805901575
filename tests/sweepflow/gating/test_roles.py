"""The gate where rows weigh differently, belong together, or follow each other."""

import numpy as np
import pytest

from sweepflow import gate
from sweepflow.data.roles import Roles
from sweepflow.gating import GateError, fall
from sweepflow.gating.fall import Scored

CASES = ["accuracy", "f1", "roc_auc", "r2", "log_loss"]


def compared(metric, n_rows=240, seed=0, better=0.0):
    """True values and two models' predictions, of which the second is better on average by `better`."""
    generator = np.random.default_rng(seed)
    errors = generator.normal(size=(2, n_rows)) - np.array([[0.0], [better]])
    if metric == "r2":
        truth = 2 * generator.normal(size=n_rows)
        return truth, *(truth + np.abs(error + 1.5) for error in errors)
    truth = generator.integers(2, size=n_rows)
    scores = [(2 * truth - 1) * (0.8 - error) for error in errors]
    if metric in ("accuracy", "f1"):
        return truth, *((score > 0).astype(int) for score in scores)
    return truth, *(1 / (1 + np.exp(-score)) for score in scores)


def widths(*decisions):
    return [decision.high - decision.low for decision in decisions]


@pytest.mark.parametrize("metric", CASES)
def test_rows_written_four_times_are_one_group_each(metric):
    once = gate(*compared(metric), metric=metric)
    repeated = [np.repeat(values, 4) for values in compared(metric)]
    blind = gate(*repeated, metric=metric)
    grouped = gate(*repeated, metric=metric, group=np.repeat(np.arange(240), 4).astype(str))
    assert grouped.difference == pytest.approx(once.difference)
    expected, narrow, found = widths(once, blind, grouped)
    assert found == pytest.approx(expected, rel=0.1)
    assert narrow == pytest.approx(expected / 2, rel=0.1)


@pytest.mark.parametrize("metric", CASES)
def test_a_weight_of_two_moves_the_difference_as_a_second_row_does(metric):
    rows = compared(metric, better=0.4)
    twice = np.arange(240) < 120
    weighed = gate(*rows, metric=metric, weight=1.0 + twice)
    written = gate(*(np.concatenate([values, values[twice]]) for values in rows), metric=metric)
    plain = gate(*rows, metric=metric)
    assert weighed.difference == pytest.approx(written.difference)
    assert weighed.difference != pytest.approx(plain.difference)
    alike = gate(*rows, metric=metric, weight=np.full(240, 0.5))
    assert alike.difference == pytest.approx(plain.difference)
    assert widths(alike) == pytest.approx(widths(plain), rel=0.15)


def test_a_challenger_that_is_better_in_one_stretch_of_time_alone_is_not_promoted():
    generator = np.random.default_rng(1)
    truth = np.arange(400) % 2
    champion = np.where(generator.random(400) < 0.8, truth, 1 - truth)
    challenger = np.where(np.arange(400) // 40 == 3, truth, champion)
    assert gate(truth, champion, challenger, metric="accuracy").promote
    found = gate(truth, champion, challenger, metric="accuracy", time=np.arange(400))
    assert not found.promote


@pytest.mark.parametrize("role", ["group", "time"])
def test_of_challengers_that_are_better_together_by_chance_few_are_promoted(role):
    # 30 groups of 8 rows that change together: as independent rows, 1 in 4 would pass. 2.5 % are expected of
    # 120; more than 8 have a chance of 0.5 %.
    promoted = blind = 0
    for seed in range(120):
        generator = np.random.default_rng(seed)
        group = np.repeat(np.arange(30), 8)
        truth = generator.normal(size=240)
        champion = truth + 1
        challenger = truth + 1 + generator.normal(size=30)[group] * 0.5 + generator.normal(size=240) * 0.1
        rows = truth, champion, challenger
        promoted += gate(*rows, metric="mean_absolute_error", seed=seed, **{role: group}).promote
        blind += gate(*rows, metric="mean_absolute_error", seed=seed).promote
    assert promoted <= 8 < blind


def test_few_groups_cannot_tell_models_apart():
    truth, champion, challenger = compared("accuracy", better=2.0)
    assert gate(truth, champion, challenger, metric="accuracy").promote
    found = gate(truth, champion, challenger, metric="accuracy", group=np.arange(240) % 4)
    assert found.reason.startswith("only 4 groups of rows can tell the models apart by accuracy, at least 6")


def test_a_difference_that_is_the_share_of_a_rare_class_has_an_interval_with_width():
    truth = (np.arange(60) < 8).astype(int)
    found = gate(truth, np.zeros(60, dtype=int), truth, metric="accuracy")
    assert found.promote
    # Wilson's interval for 8 of 60 is 0.069 to 0.242.
    assert found.low == pytest.approx(0.06, abs=0.03)
    assert found.high == pytest.approx(0.23, abs=0.03)


@pytest.mark.parametrize(
    ("roles", "message"),
    [
        ({"weight": [1.0]}, r"weight must have one value for each of 240 rows, got shape \(1,\)"),
        ({"weight": np.full(240, -1.0)}, "weight must hold finite numbers from 0 on, and one above 0"),
        ({"weight": ["a"] * 240}, "weight must hold numbers"),
        ({"group": [None] * 240}, "group must have no missing values, got 240 of 240"),
        ({"time": np.array([1, "b"] * 120, dtype=object)}, "time must hold values of one kind"),
    ],
)
def test_roles_that_do_not_fit_are_refused(roles, message):
    with pytest.raises(GateError, match=message):
        gate(*compared("accuracy"), metric="accuracy", **roles)


def test_a_metric_without_weights_is_compared_by_group():
    rows = compared("r2", n_rows=60, better=1.0)
    found = gate(*rows, metric="max_error", group=np.arange(60) // 3)
    assert found.low <= found.difference <= found.high


def test_a_metric_without_weights_is_named():
    with pytest.raises(GateError, match="max_error takes no weights"):
        gate(*compared("r2"), metric="max_error", weight=np.ones(240))


def test_a_fall_among_groups_is_judged_by_groups():
    truth, good, bad = np.arange(300) % 2, np.arange(300) % 2, np.where(np.arange(300) < 40, 1, 0)
    bad = np.where(bad == 1, 1 - truth, truth)  # all in one of ten groups
    before, after = Scored(truth, good), Scored(truth, bad)
    assert fall(before, after, metric="accuracy").has_fallen
    groups = Roles(group=np.arange(300) // 40)
    found = fall(Scored(truth, good, None, groups), Scored(truth, bad, None, groups), metric="accuracy")
    assert not found.has_fallen
