"""The policies, which read values that are kept in order, against a scan of all trials at every report."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brute_force import BruteForce
from ledgers import ledger_of
from sweepflow.analysis.backtest import backtest
from sweepflow.running.monitor import Monitor
from sweepflow.space.constraints import Constraint
from sweepflow.termination import (
    BanditPolicy,
    ForgivingFoldsPolicy,
    HyperbandPolicy,
    MedianStoppingPolicy,
    SuccessiveHalvingPolicy,
    TruncationSelectionPolicy,
)
from sweepflow.trials.history import History, TrialHistory
from sweepflow.trials.objective import MeanObjective, Objective
from sweepflow.trials.state import TrialEnd, TrialState

GOALS = st.sampled_from(["maximize", "minimize"])
OBJECTIVES = st.one_of(
    st.builds(Objective, primary_metric=st.just("score"), goal=GOALS),
    st.builds(MeanObjective, primary_metric=st.just("score"), goal=GOALS, folds=st.just(5)),
)
POLICIES = [
    BanditPolicy(slack_factor=0.2),
    BanditPolicy(slack_amount=0.1, evaluation_interval=2),
    MedianStoppingPolicy(),
    MedianStoppingPolicy(delay_evaluation=3),
    TruncationSelectionPolicy(truncation_percentage=40),
    TruncationSelectionPolicy(truncation_percentage=50, exclude_finished_jobs=True),
    SuccessiveHalvingPolicy(reduction_factor=2),
    SuccessiveHalvingPolicy(reduction_factor=2, rejudge=True, max_intervals=4),
    HyperbandPolicy(brackets=2, reduction_factor=2),
    HyperbandPolicy(brackets=3, reduction_factor=2, rejudge=True),
    ForgivingFoldsPolicy(),
]
N_TRIALS = 5
NUMBERS = st.integers(0, N_TRIALS - 1)
# Few of them, so that many trials tie, some by rounding alone.
VALUES = st.one_of(
    st.sampled_from([-0.5, -0.0, 0.0, 0.1, 0.3, 0.1 + 0.2, 0.8, 0.8 + 1e-12, 5e-324, 1e300]),
    st.floats(-2, 2),
)
CHANGES = st.one_of(
    st.tuples(st.just("report"), NUMBERS, VALUES),
    st.tuples(st.just("report"), NUMBERS, VALUES),
    st.tuples(st.just("report"), NUMBERS, VALUES),
    st.tuples(st.just("move"), NUMBERS, st.sampled_from([TrialState.COMPLETED, *TrialState])),
    st.tuples(st.just("restart"), NUMBERS, st.none()),
    st.tuples(st.just("unmet"), NUMBERS, st.sampled_from([None, "it is too slow"])),
)
EARLIER = st.lists(
    st.tuples(
        st.lists(VALUES, max_size=5),
        st.sampled_from(TrialState),
        st.booleans(),
        st.sampled_from([None, "it is too slow"]),
    ),
    max_size=4,
)
relaxed = settings(deadline=None, suppress_health_check=list(HealthCheck))


def earlier_trials(drawn, objective):
    trials = []
    for number, (values, state, is_comparable, unmet) in enumerate(drawn, -len(drawn)):
        trial = TrialHistory(number, {}, state, is_comparable=is_comparable, unmet=unmet)
        for value in values:
            trial.report(value, objective)
        trials.append(trial)
    return trials


def assert_alike(history, trial, policies):
    """Any policy and its reading decide alike on that trial, and for the same reason."""
    for policy in policies if trial.values else []:
        expected = BruteForce(policy=policy).decide(history, trial, history.objective)
        assert policy.decide(history, trial, history.objective) == expected


def change(history, what, number, argument):
    match what:
        case "report":
            history.record(number, argument)
        case "move":
            history.move(number, argument)
        case "unmet":
            history.set_unmet(number, argument)
        case "restart" if not history[number].state.is_final:
            history.restart(number)


@settings(relaxed, max_examples=150)
@given(OBJECTIVES, EARLIER, st.lists(CHANGES, max_size=80), st.sets(st.sampled_from(range(len(POLICIES)))))
def test_each_report_is_judged_as_by_a_scan_of_all_trials(objective, earlier, changes, from_the_beginning):
    """Some policies are asked at each report, the others at the end for the first time, as after a resume."""
    history = History(objective, earlier_trials(earlier, objective))
    for number in range(N_TRIALS):
        history.add(number, {"x": number})
    for what, number, argument in changes:
        change(history, what, number, argument)
        if what == "report":
            assert_alike(history, history[number], [POLICIES[index] for index in from_the_beginning])
    for trial in history:
        assert_alike(history, trial, POLICIES)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    with ledger_of(tmp_path_factory.mktemp("ledger")) as ledger:
        yield ledger


SWEEP_IDS = map("sweep-{}".format, itertools.count())
REPORTED = st.one_of(VALUES, VALUES, VALUES, st.sampled_from([float("nan"), float("inf"), "None"]))
STEPS = st.one_of(
    st.tuples(st.just("report"), NUMBERS, REPORTED),
    st.tuples(st.just("report"), NUMBERS, REPORTED),
    st.tuples(st.just("end"), NUMBERS, st.sampled_from(TrialState).filter(lambda state: state.is_final)),
    st.tuples(st.just("retry"), NUMBERS, st.none()),
    st.tuples(st.just("resume"), st.none(), st.none()),
)
REQUIRE = (Constraint("cost <= 1"),)


def live(ledger, objective, policy, steps):
    """A sweep of these steps under that policy: what it answered to each report, and its record."""
    sweep_id = next(SWEEP_IDS)
    ledger.start_sweep(sweep_id, {}, None)
    monitor, answers = Monitor(ledger, sweep_id, objective, policy, require=REQUIRE), []
    for number in range(N_TRIALS):
        monitor.queue(number, {"x": number})
        monitor.start(number)
    running = set(range(N_TRIALS))
    for what, number, argument in steps:
        if what == "resume":
            monitor = Monitor.restored(ledger, sweep_id, objective, policy, require=REQUIRE)
            for left in running:
                monitor.restart(left)
                monitor.start(left)
        elif number in running and what == "report":
            answers.append(monitor.report(number, {"cost": float(number % 3), "score": argument}))
        elif number in running and what == "retry":
            monitor.restart(number)
            monitor.start(number)
        elif number in running:
            monitor.trained(number, {})
            monitor.end(number, TrialEnd(argument, None, 1.0))
            running.discard(number)
    return answers, ledger.trials(sweep_id), ledger.metrics(sweep_id)


@settings(relaxed, max_examples=25)
@given(OBJECTIVES, st.sampled_from(POLICIES), st.lists(STEPS, max_size=40))
def test_a_sweep_and_its_backtest_go_as_by_a_scan_of_all_trials(ledger, objective, policy, steps):
    fast, slow = (live(ledger, objective, each, steps) for each in (policy, BruteForce(policy=policy)))
    assert fast[0] == slow[0]
    assert [(row.state, row.error) for row in fast[1]] == [(row.state, row.error) for row in slow[1]]
    _, trials, metrics = fast
    assert backtest(policy, trials, metrics, objective, require=REQUIRE) == backtest(
        BruteForce(policy=policy), trials, metrics, objective, require=REQUIRE
    )


class _Unread(dict):
    """Trials that can be had by number, and not looked through."""

    def values(self):
        raise AssertionError("all trials were looked through")


@pytest.mark.parametrize("policy", POLICIES, ids=repr)
def test_all_trials_are_looked_through_at_the_first_report_of_an_interval_alone(policy):
    history = History(MeanObjective(primary_metric="score", goal="maximize", folds=6))
    for number in range(12):
        history.add(number, {})
        history.move(number, TrialState.RUNNING)
    for number in range(12):
        for interval in range(6):
            history.record(number, number / 10 - interval / 100)
            policy.decide(history, history[number], history.objective)
        history.move(number, TrialState.COMPLETED)
        if number == 5:  # by now each bracket of hyperband has had its trial
            history.trials = _Unread(history.trials)
