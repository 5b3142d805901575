"""The rules of the early termination policies, each read off all peers at every report."""

import statistics
from typing import Any, Literal

from sweepflow.termination import GO_ON, Decision, Policy
from sweepflow.termination.forgiving import fold_values
from sweepflow.trials.state import TrialState


class BruteForce(Policy):
    """Decides as the policy that it is given, by a scan of `history.peers` in place of standings."""

    type: Literal["brute_force"] = "brute_force"
    policy: Any

    def applies_at(self, interval):
        return self.policy.applies_at(interval)

    def decide(self, history, trial, objective):
        return _READINGS[self.policy.type](self.policy, history, trial, objective)


def _bandit(policy, history, trial, objective):
    interval = len(trial.values)
    if not policy.applies_at(interval):
        return GO_ON
    best = objective.best(peer.best[interval - 1] for peer in [*history.peers(interval), trial])
    bound = policy.bound(best, objective)
    own = trial.best[-1]
    if not objective.is_worse(own, bound):
        return GO_ON
    return Decision(
        stop=True,
        reason=f"bandit: best so far {own:.6g} is outside the bound {bound:.6g} at interval {interval}, "
        f"where the best trial had {best:.6g}",
    )


def _median(policy, history, trial, objective):
    interval = len(trial.values)
    if not policy.applies_at(interval):
        return GO_ON
    averages = [objective.average(peer.values[:interval]) for peer in history.peers(interval)]
    if not averages:
        return GO_ON
    median = statistics.median(averages)
    if not objective.is_worse(trial.best[-1], median):
        return GO_ON
    return Decision(
        stop=True,
        reason=f"median_stopping: best so far {trial.best[-1]:.6g} is worse than the median {median:.6g} "
        f"of {len(averages)} averages at interval {interval}",
    )


def _truncation(policy, history, trial, objective):
    interval = len(trial.values)
    if not policy.applies_at(interval):
        return GO_ON
    peers = [
        peer
        for peer in history.peers(interval)
        if peer is trial or not (policy.exclude_finished_jobs and peer.state.is_final)
    ]
    if not peers:
        return GO_ON
    n_stopped = len(peers) * policy.truncation_percentage // 100
    ranked = objective.ranked(peer.best[interval - 1] for peer in peers)
    bound = ranked[len(peers) - n_stopped - 1]
    if not objective.is_worse(trial.best[-1], bound):
        return GO_ON
    return Decision(
        stop=True,
        reason=f"truncation_selection: best so far {trial.best[-1]:.6g} is among the worst {n_stopped} "
        f"of {len(peers)} trials at interval {interval}; the last to go on had {bound:.6g}",
    )


def _halving(policy, history, trial, objective):
    return _first_stop(policy, history, trial, objective, policy.min_intervals, lambda _: True)


def _hyperband(policy, history, trial, objective):
    bracket = trial.number % policy.brackets
    first = policy.min_intervals * policy.reduction_factor**bracket
    return _first_stop(
        policy, history, trial, objective, first, lambda peer: peer.number % policy.brackets == bracket
    )


def _first_stop(policy, history, trial, objective, rung, is_compared):
    interval = len(trial.values)
    last = min(interval, policy.max_intervals or interval)
    while rung <= last:
        if policy.rejudge or rung == interval:
            value = trial.best[rung - 1]
            ranked = objective.ranked(
                peer.best[rung - 1] for peer in history.peers(rung) if is_compared(peer)
            )
            n_going_on = max(1, len(ranked) // policy.reduction_factor)
            if ranked and objective.is_worse(value, bound := ranked[n_going_on - 1]):
                return Decision(
                    stop=True,
                    reason=f"{policy.type}: best so far {value:.6g} is not among the best {n_going_on} of "
                    f"{len(ranked)} trials at rung {rung}; the last to go on had {bound:.6g}",
                )
        rung *= policy.reduction_factor
    return GO_ON


def _forgiving(_, history, trial, objective):
    mean = trial.best[-1]
    completed = [peer for peer in history.peers(1) if peer.state is TrialState.COMPLETED]
    if not completed:
        return GO_ON
    leader = min(completed, key=lambda peer: (-objective.score(peer.best[-1]), peer.number))
    worst = objective.ranked(fold_values(leader.values))[-1]
    if objective.is_worse(worst, mean) or not objective.is_worse(mean, leader.best[-1]):
        return GO_ON
    return Decision(
        stop=True,
        reason=f"forgiving_folds: mean {mean:.6g} after fold {len(trial.values)} is not better than "
        f"{worst:.6g}, the worst fold of trial {leader.number}, which leads with {leader.best[-1]:.6g}",
    )


_READINGS = {
    "bandit": _bandit,
    "median_stopping": _median,
    "truncation_selection": _truncation,
    "successive_halving": _halving,
    "hyperband": _hyperband,
    "forgiving_folds": _forgiving,
}
