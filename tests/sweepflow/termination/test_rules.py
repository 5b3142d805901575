"""Every policy against an independent reading of its rule, live through the Monitor, and in a backtest."""

import itertools
import statistics
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledgers import ledger_of
from sweepflow.analysis.backtest import backtest
from sweepflow.running.monitor import Monitor
from sweepflow.termination import (
    BanditPolicy,
    HyperbandPolicy,
    MedianStoppingPolicy,
    SuccessiveHalvingPolicy,
    TruncationSelectionPolicy,
)
from sweepflow.trials.objective import Objective
from sweepflow.trials.state import TrialEnd, TrialState


@dataclass
class Seen:
    """One trial in the reading of the rules: its reports as if greater were better."""

    number: int
    reports: list = field(default_factory=list)
    has_failed: bool = False
    has_ended: bool = False


def best(trial, n):
    return max(trial.reports[:n])


def worse(value, bound):
    return value < bound and abs(value - bound) > 1e-9 * max(abs(value), abs(bound))


def bandit(policy, seen, me, n):
    top = max(best(trial, n) for trial in seen)
    if policy.slack_amount:
        return worse(best(me, n), top - policy.slack_amount)
    factor = 1 + policy.slack_factor
    return worse(best(me, n), top / factor if top >= 0 else top * factor)


def median(policy, seen, me, n):
    averages = sorted(sum(trial.reports[:n]) / n for trial in seen)
    middle = averages[(len(averages) - 1) // 2], averages[len(averages) // 2]
    return worse(best(me, n), sum(middle) / 2)


def truncation(policy, seen, me, n):
    if policy.exclude_finished_jobs:
        seen = [trial for trial in seen if trial is me or not trial.has_ended]
    n_stopped = int(len(seen) * policy.truncation_percentage / 100 + 1e-9)
    survivors = sorted((best(trial, n) for trial in seen), reverse=True)[: len(seen) - n_stopped]
    return worse(best(me, n), survivors[-1])


def halving(policy, seen, me, n, first=None):
    rungs = ((first or policy.min_intervals) * policy.reduction_factor**i for i in itertools.count())
    if n not in itertools.takewhile(lambda rung: rung <= min(n, policy.max_intervals or n), rungs):
        return False
    survivors = sorted((best(trial, n) for trial in seen), reverse=True)
    return worse(best(me, n), survivors[max(1, len(seen) // policy.reduction_factor) - 1])


def hyperband(policy, seen, me, n):
    bracket = me.number % policy.brackets
    mine = [trial for trial in seen if trial.number % policy.brackets == bracket]
    return halving(policy, mine, me, n, policy.min_intervals * policy.reduction_factor**bracket)


SCHEDULES = st.fixed_dictionaries(
    {"evaluation_interval": st.integers(1, 3), "delay_evaluation": st.integers(0, 4)}
)
FACTORS = st.sampled_from([0.05, 0.2, 1.0])
POLICIES = st.one_of(
    st.builds(lambda f, s: (BanditPolicy(slack_factor=f, **s), bandit), FACTORS, SCHEDULES),
    st.builds(lambda a, s: (BanditPolicy(slack_amount=a, **s), bandit), FACTORS, SCHEDULES),
    st.builds(lambda s: (MedianStoppingPolicy(**s), median), SCHEDULES),
    st.builds(
        lambda p, e, s: (
            TruncationSelectionPolicy(truncation_percentage=p, exclude_finished_jobs=e, **s),
            truncation,
        ),
        st.integers(1, 99), st.booleans(), SCHEDULES,
    ),
    st.builds(
        lambda m, r: (SuccessiveHalvingPolicy(min_intervals=m, reduction_factor=r), halving),
        st.integers(1, 3), st.integers(2, 4),
    ),
    st.builds(
        lambda b, r: (HyperbandPolicy(brackets=b, reduction_factor=r, max_intervals=6), hyperband),
        st.integers(1, 3), st.integers(2, 3),
    ),
)  # fmt: skip
VALUES = st.one_of(st.sampled_from([-0.5, 0.0, 0.5, 0.8]), st.floats(-2, 2).map(lambda x: round(x, 3)))
CURVES = st.lists(st.lists(VALUES, min_size=1, max_size=7), min_size=1, max_size=7)


def _run(ledger, sweep_id, policy, rule, objective, curves, random):
    """Interleave the trials at random through a live Monitor, each decision checked against the rule."""
    monitor = Monitor(ledger, sweep_id, objective, policy)
    ledger.start_sweep(sweep_id, {}, None)
    seen = [Seen(number) for number in range(len(curves))]
    for trial in seen:
        monitor.queue(trial.number, {"x": trial.number})
        monitor.start(trial.number)
    running = list(seen)
    while running:
        me = random.choice(running)
        if len(me.reports) < len(curves[me.number]):
            value = curves[me.number][len(me.reports)]
            me.reports.append(objective.score(value))
            n = len(me.reports)
            peers = [trial for trial in seen if len(trial.reports) >= n and not trial.has_failed]
            expected = policy.applies_at(n) and rule(policy, peers, me, n)
            assert monitor.report(me.number, {objective.primary_metric: value}) is bool(expected)
            is_stopped = is_over = bool(expected)
        else:
            is_stopped, is_over = False, True
        if is_over:
            is_broken = random.random() < 0.2
            me.has_ended, me.has_failed = True, is_broken and not is_stopped
            state = TrialState.FAILED if is_broken else TrialState.COMPLETED
            if not is_broken:
                monitor.trained(me.number, {})
            monitor.end(me.number, TrialEnd(state, "it broke" if is_broken else None, 1.0))
            running.remove(me)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    """One for all sweeps: to make a new one takes longer than to run a sweep."""
    with ledger_of(tmp_path_factory.mktemp("ledger")) as ledger:
        yield ledger


SWEEP_IDS = map("sweep-{}".format, itertools.count())


# How long an example takes is no matter of the rules, so there is no deadline and no check of it.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=150)
@given(POLICIES, st.sampled_from(["maximize", "minimize"]), CURVES, st.randoms(use_true_random=False))
def test_live_decisions_follow_the_rule_and_a_backtest_repeats_them(
    ledger, policy_and_rule, goal, curves, random
):
    policy, rule = policy_and_rule
    objective = Objective(primary_metric="score", goal=goal)
    sweep_id = next(SWEEP_IDS)
    _run(ledger, sweep_id, policy, rule, objective, curves, random)
    trials, metrics = ledger.trials(sweep_id), ledger.metrics(sweep_id)
    result = backtest(policy, trials, metrics, objective)
    assert result.intervals_saved == 0
    assert result.regret in (0.0, None)
    n_live = sum(bool(row.error) and policy.type in row.error for row in trials)
    assert result.trials_stopped >= n_live
    assert result.winner_survived is any(row.state in ("completed", "terminated") for row in trials)


def test_the_reading_of_the_median_agrees_with_the_library():
    trials = [Seen(number, [value]) for number, value in enumerate([0.1, 0.4, 0.3, 0.9])]
    middle = statistics.median(trial.reports[0] for trial in trials)
    assert [median(None, trials, trial, 1) for trial in trials] == [t.reports[0] < middle for t in trials]
