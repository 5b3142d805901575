from datetime import UTC, datetime, timedelta

import pytest

from recorded import metric_row, trial
from sweepflow.analysis.backtest import backtest
from sweepflow.space.constraints import Constraint
from sweepflow.termination import BanditPolicy, ForgivingFoldsPolicy, MedianStoppingPolicy
from sweepflow.trials.objective import MeanObjective, Objective

START = datetime(2026, 1, 1, tzinfo=UTC)
STEADY, LATE = [(1, 0.9), (2, 0.9), (3, 0.9)], [(1.5, 0.5), (2.5, 0.5), (3.5, 0.95)]


def at(seconds):
    return START + timedelta(seconds=seconds)


def record(*curves, states=(), ends=()):
    """Rows of the ledger: a curve is (second, value) of each report, the end a second later."""
    trials, metrics = [], []
    for number, curve in enumerate(curves):
        ended = ends[number] if ends else curve[-1][0] + 1
        state = states[number] if states else "completed"
        trials.append(trial(number, state, parameters={"x": number}, ended=at(ended)))
        metrics += [
            metric_row(number, value, name=name, time=at(second))
            for second, value in curve
            for name in ("score", "another")
        ]
    return trials, metrics[::-1]  # the order of the rows does not matter


def replayed(policy, rows, goal="maximize"):
    return backtest(policy, *rows, Objective(primary_metric="score", goal=goal))._asdict()


def test_a_winner_that_started_late_is_lost_by_a_hasty_policy_and_kept_by_a_patient_one():
    rows = record(STEADY, LATE)
    # At 1.5 s the second trial has .5, and the bound is .9 - .2: two reports and 3 s of its 4.5 s are saved.
    assert replayed(BanditPolicy(slack_amount=0.2), rows) == {
        "trials_stopped": 1,
        "intervals_saved": 2,
        "intervals_saved_share": pytest.approx(2 / 6),
        "seconds_saved": pytest.approx(3.0),
        "winner_survived": False,
        "regret": pytest.approx(0.05),
    }
    assert replayed(BanditPolicy(slack_amount=0.2, delay_evaluation=3), rows) == {
        "trials_stopped": 0,
        "intervals_saved": 0,
        "intervals_saved_share": 0.0,
        "seconds_saved": 0.0,
        "winner_survived": True,
        "regret": 0.0,
    }


def test_minimize_is_the_mirror():
    rows = record(*([(second, 1 - value) for second, value in curve] for curve in (STEADY, LATE)))
    found = replayed(BanditPolicy(slack_amount=0.2), rows, goal="minimize")
    assert (found["trials_stopped"], found["winner_survived"]) == (1, False)
    assert found["regret"] == pytest.approx(0.05)


def test_a_trial_is_compared_with_what_had_been_reported_by_then():
    # The second trial makes its reports before the first one makes any, and has no peer.
    early = [(second - 1.4, value) for second, value in LATE[:2]]
    found = replayed(BanditPolicy(slack_amount=0.2), record([(2, 0.9), (3, 0.9)], early))
    assert found["trials_stopped"] == 0


def test_a_trial_that_had_failed_by_then_is_no_peer_and_one_that_failed_later_still_is():
    policy, states = BanditPolicy(slack_amount=0.2), ["failed", "completed"]
    assert replayed(policy, record(STEADY[:1], LATE, states=states, ends=[1.4, 4]))["trials_stopped"] == 0
    assert replayed(policy, record(STEADY[:1], LATE, states=states, ends=[1.6, 4]))["trials_stopped"] == 1


def test_what_is_stopped_is_not_seen_any_further():
    # At 1 the second has .5 against (.9 + .5) / 2 and stops; at 2 the third has .8 against (.9 + .8) / 2.
    rows = record([(1, 0.9), (2, 0.9)], [(3, 0.5), (4, 0.5)], [(5, 0.8), (6, 0.8), (7, 0.8)])
    found = replayed(MedianStoppingPolicy(), rows)
    assert (found["trials_stopped"], found["intervals_saved"]) == (2, 1 + 1)
    assert found["winner_survived"]


def test_a_stop_at_the_last_report_saves_nothing_and_the_trial_keeps_its_value():
    rows = record(STEADY[:1], [(1.5, 0.5)])
    found = replayed(BanditPolicy(slack_amount=0.2), rows)
    assert (found["trials_stopped"], found["intervals_saved"], found["seconds_saved"]) == (1, 0, 0.0)
    assert found["winner_survived"]


def test_a_sweep_without_a_ranked_trial_has_no_regret():
    found = replayed(BanditPolicy(slack_amount=0.2), record(STEADY, states=["failed"]))
    assert (found["winner_survived"], found["regret"]) == (False, None)


def test_with_folds_the_regret_is_that_of_a_mean_over_all_of_them():
    # At its second fold the late winner has .7 against .9: stopped, while the other goes on to .8.
    rows = record([(1, 0.9), (2, 0.9), (3, 0.8)], [(1.5, 0.9), (2.5, 0.7), (3.5, 0.85)])
    objective = MeanObjective(primary_metric="score", goal="maximize", folds=3)
    found = backtest(BanditPolicy(slack_amount=0.1), *rows, objective)
    assert (found.trials_stopped, found.intervals_saved, found.winner_survived) == (1, 1, False)
    assert found.regret == pytest.approx(0.05)


def test_a_trial_that_breaks_a_requirement_is_no_winner_and_stops_no_other():
    trials, metrics = record([(1, 0.9), (2, 0.9)], [(4, 0.5), (5, 0.6)], [(7, 0.3), (8, 0.3)])
    metrics += [metric_row(n, cost, name="cost.predict_ms", time=at(2)) for n, cost in enumerate([5, 1, 1])]
    objective, policy = Objective(primary_metric="score", goal="maximize"), BanditPolicy(slack_amount=0.1)
    found = backtest(policy, trials, metrics, objective, require=[Constraint("predict_ms <= 2")])
    assert (found.trials_stopped, found.winner_survived, found.regret) == (1, True, 0.0)


def test_a_trial_that_is_never_stopped_makes_all_its_reports():
    rows = record([(1.5, 0.1), (2.5, 0.1)], [(1, 0.9), (2, 0.9)])
    objective, policy = Objective(primary_metric="score", goal="maximize"), BanditPolicy(slack_amount=0.1)
    assert backtest(policy, *rows, objective).trials_stopped == 1
    assert backtest(policy, *rows, objective, never_stopped={0}).trials_stopped == 0


def test_forgiving_folds_is_replayed_by_the_leaders_of_the_time():
    # The second is stopped after its first fold by the worst fold of the first, .6; the third is not.
    rows = record([(1, 0.6), (2, 0.7)], [(3, 0.5), (4, 0.9)], [(5, 0.7), (6, 0.8)], ends=[2.5, 4.5, 6.5])
    objective = MeanObjective(primary_metric="score", goal="maximize", folds=2)
    found = backtest(ForgivingFoldsPolicy(), *rows, objective)
    assert (found.trials_stopped, found.intervals_saved, found.winner_survived) == (1, 1, False)
    assert found.regret == pytest.approx(0.1)
