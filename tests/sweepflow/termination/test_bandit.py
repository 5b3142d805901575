import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from curves import MAXIMIZE, MINIMIZE, history_of, stops
from sweepflow.fields.problems import problems
from sweepflow.termination import BanditPolicy
from sweepflow.trials.state import TrialState

# --- the rule


@pytest.mark.parametrize(
    ("slack", "objective", "best", "survives", "falls"),
    [
        ({"slack_factor": 0.2}, MAXIMIZE, 0.8, 0.67, 0.65),
        ({"slack_factor": 0.1}, MAXIMIZE, 1.0, 0.9091, 0.9090),
        ({"slack_factor": 1.0}, MAXIMIZE, 0.8, 0.4, 0.399),
        ({"slack_factor": 0.2}, MAXIMIZE, 0.6, 0.5, 0.499),
        ({"slack_amount": 0.2}, MAXIMIZE, 0.9, 0.70, 0.69),
        ({"slack_amount": 0.2}, MAXIMIZE, -0.9, -1.1, -1.11),
        ({"slack_amount": 5.0}, MAXIMIZE, 2.0, -3.0, -3.01),
        ({"slack_factor": 0.2}, MINIMIZE, 0.5, 0.6, 0.61),
        ({"slack_amount": 0.2}, MINIMIZE, 0.5, 0.7, 0.71),
        ({"slack_amount": 0.2}, MINIMIZE, -0.5, -0.3, -0.29),
        ({"slack_factor": 0.25}, MAXIMIZE, -0.8, -1.0, -1.01),
        ({"slack_factor": 0.25}, MINIMIZE, -1.0, -0.8, -0.79),
        ({"slack_factor": 0.25}, MAXIMIZE, 0.0, 0.0, -0.01),
        ({"slack_factor": 0.25}, MINIMIZE, 0.0, 0.0, 0.01),
    ],
)
def test_a_trial_survives_on_the_bound_and_falls_beyond_it(slack, objective, best, survives, falls):
    policy = BanditPolicy(**slack)
    assert not stops(policy, [survives], [best], objective=objective)
    assert stops(policy, [falls], [best], objective=objective)


@pytest.mark.parametrize(
    ("slack", "objective", "best", "bound"),
    [
        ({"slack_amount": 0.2}, MAXIMIZE, 0.9, 0.7),  # 0.9 - 0.2 is 0.7000000000000001
        ({"slack_amount": 0.1}, MINIMIZE, 0.8, 0.9),
        ({"slack_factor": 0.2}, MINIMIZE, 0.5, 0.6),
        ({"slack_factor": 0.1}, MAXIMIZE, 1.1, 1.0),
        ({"slack_factor": 0.1}, MAXIMIZE, 0.11, 0.1),
    ],
)
def test_equality_survives_whatever_the_rounding(slack, objective, best, bound):
    policy, worse = BanditPolicy(**slack), -objective.score(1)
    assert not stops(policy, [bound], [best], objective=objective)
    assert not stops(policy, [bound + worse * bound * 5e-10], [best], objective=objective)
    assert stops(policy, [bound + worse * bound * 1e-8], [best], objective=objective)


def test_the_best_so_far_counts_and_not_the_last_report():
    policy = BanditPolicy(slack_amount=0.1)
    assert not stops(policy, [0.9, 0.1], [0.5, 0.9])
    assert stops(policy, [0.1, 0.1], [0.9, 0.1])


def test_peers_are_judged_at_the_same_interval():
    policy = BanditPolicy(slack_amount=0.1)
    assert not stops(policy, [0.5], [0.5, 0.9])
    assert stops(policy, [0.5, 0.5], [0.5, 0.9])


def test_a_trial_ahead_of_all_others_has_no_peer_but_itself():
    assert not stops(BanditPolicy(slack_amount=0.1), [0.1, 0.1], [0.9])


@pytest.mark.parametrize("state", list(TrialState))
def test_only_a_failed_trial_is_no_peer(state):
    history = history_of([0.5], [0.9])
    history.move(1, state)
    decision = BanditPolicy(slack_amount=0.1).decide(history, history[0], MAXIMIZE)
    assert decision.stop is (state is not TrialState.FAILED)


def test_a_stop_names_the_value_the_bound_the_interval_and_the_best():
    history = history_of([0.5, 0.65], [0.8, 0.8])
    decision = BanditPolicy(slack_factor=0.2).decide(history, history[0], MAXIMIZE)
    assert decision == (
        True,
        "bandit: best so far 0.65 is outside the bound 0.666667 at interval 2, where the best trial had 0.8",
    )


# --- the schedule


@pytest.mark.parametrize(
    ("schedule", "intervals"),
    [
        ({}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ({"delay_evaluation": 5}, [5, 6, 7, 8, 9, 10]),
        ({"evaluation_interval": 2, "delay_evaluation": 5}, [6, 8, 10]),
        ({"evaluation_interval": 3}, [3, 6, 9]),
        ({"evaluation_interval": 4, "delay_evaluation": 4}, [4, 8]),
    ],
)
def test_the_policy_is_applied_at_every_so_many_intervals_after_the_delay(schedule, intervals):
    policy = BanditPolicy(slack_amount=0.2, **schedule)
    best = [0.9] * 10
    assert [n for n in range(1, 11) if stops(policy, [0.69] * n, best)] == intervals
    assert not any(stops(policy, [0.70] * n, best) for n in range(1, 11))


def test_the_policy_is_applied_at_200_and_300_with_interval_100_and_delay_200():
    policy = BanditPolicy(slack_factor=0.1, evaluation_interval=100, delay_evaluation=200)
    assert [n for n in range(1, 400) if policy.applies_at(n)] == [200, 300]


# --- what is refused


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ({}, "", "exactly one of slack_factor and slack_amount must be given, got neither"),
        (
            {"slack_factor": 0.1, "slack_amount": 0.1},
            "",
            "exactly one of slack_factor and slack_amount must be given, got both",
        ),
        ({"slack_factor": 0}, ".slack_factor", "must be > 0, got 0"),
        ({"slack_factor": -0.1}, ".slack_factor", "must be > 0, got -0.1"),
        ({"slack_amount": 0.0}, ".slack_amount", "must be > 0, got 0.0"),
        ({"slack_factor": math.nan}, ".slack_factor", "must be finite, got nan"),
        ({"slack_amount": math.inf}, ".slack_amount", "must be finite, got inf"),
        ({"slack_amount": True}, ".slack_amount", "must be a number, got True"),
        ({"slack_factor": 1, "evaluation_interval": 0}, ".evaluation_interval", "must be >= 1, got 0"),
        ({"slack_factor": 1, "delay_evaluation": -1}, ".delay_evaluation", "must be >= 0, got -1"),
        (
            {"slack_factor": 1, "evaluation_interval": 1.5},
            ".evaluation_interval",
            "must be a whole number, got 1.5",
        ),
    ],
)
def test_a_policy_that_cannot_be_applied_is_refused(fields, path, message):
    with pytest.raises(ValidationError) as caught:
        BanditPolicy.model_validate(fields)
    assert problems(caught.value, "early_termination") == [(f"early_termination{path}", message)]


# --- whatever the curves

VALUES = st.floats(allow_nan=False, allow_infinity=False, width=32) | st.sampled_from([0.0, -0.0, 0.5, 1.0])
CURVES = st.lists(st.lists(VALUES, min_size=1, max_size=4), min_size=1, max_size=5)
SLACKS = st.floats(1e-6, 1e3)
POLICIES = st.builds(BanditPolicy, slack_factor=SLACKS) | st.builds(BanditPolicy, slack_amount=SLACKS)
OBJECTIVES = st.sampled_from([MAXIMIZE, MINIMIZE])


@given(CURVES, POLICIES, OBJECTIVES)
def test_the_best_trial_at_an_interval_is_never_stopped(curves, policy, objective):
    history = history_of(*curves, objective=objective)
    for trial in history:
        best = objective.best(peer.best[len(trial.values) - 1] for peer in history.peers(len(trial.values)))
        if trial.value == best:
            assert not policy.decide(history, trial, objective).stop


@given(CURVES, POLICIES)
def test_minimizing_mirrors_maximizing(curves, policy):
    mirrored = [[-value for value in curve] for curve in curves]
    up, down = history_of(*curves), history_of(*mirrored, objective=MINIMIZE)
    for one, other in zip(up, down, strict=True):
        assert policy.decide(up, one, MAXIMIZE).stop == policy.decide(down, other, MINIMIZE).stop


def is_stopped(reported, failed, number, policy, goal):
    """The rule read off the reference: whether trial `number` stops, given all that was reported."""
    n = len(reported[number])
    if n % policy.evaluation_interval != 0 or n < policy.delay_evaluation:
        return False
    best_of = max if goal == "maximize" else min
    peers = [r for r, values in reported.items() if len(values) >= n and (r not in failed or r == number)]
    own = best_of(reported[number][:n])
    best = best_of(best_of(reported[peer][:n]) for peer in peers)
    f, a = policy.slack_factor, policy.slack_amount
    if goal == "maximize":
        bound = best - a if f is None else best / (1 + f) if best >= 0 else best * (1 + f)
        return own < bound and abs(own - bound) > 1e-9 * max(abs(own), abs(bound))
    bound = best + a if f is None else best * (1 + f) if best >= 0 else best / (1 + f)
    return own > bound and abs(own - bound) > 1e-9 * max(abs(own), abs(bound))


@pytest.mark.parametrize("objective", [MAXIMIZE, MINIMIZE], ids=lambda objective: objective.goal)
@pytest.mark.parametrize("slack", [{"slack_factor": 0.2}, {"slack_amount": 0.1}], ids=str)
@pytest.mark.parametrize("schedule", [{}, {"evaluation_interval": 2, "delay_evaluation": 3}], ids=str)
@pytest.mark.parametrize("low", [0.0, -0.5, -1.0])
def test_decisions_are_those_of_the_rule_as_it_is_written(objective, slack, schedule, low):
    policy = BanditPolicy(**slack, **schedule)
    n_stopped = n_going = 0
    for seed in range(20):
        draws = random.Random(seed)
        history, reported, failed = (
            history_of(*[[]] * 6, objective=objective),
            {k: [] for k in range(6)},
            set(),
        )
        running = set(reported)
        while running:
            number = draws.choice(sorted(running))
            value = round(low + draws.random(), 1)
            reported[number].append(value)
            history.record(number, value)
            expected = is_stopped(reported, failed, number, policy, objective.goal)
            assert policy.decide(history, history[number], objective).stop is expected
            n_stopped, n_going = n_stopped + expected, n_going + (not expected)
            if expected:
                history.move(number, TrialState.TERMINATED)
            elif len(reported[number]) == 8:
                history.move(number, TrialState.COMPLETED)
            elif draws.random() < 0.05:
                history.move(number, TrialState.FAILED)
                failed.add(number)
            else:
                continue
            running.remove(number)
    assert n_stopped > 10
    assert n_going > 10
