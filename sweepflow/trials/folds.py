"""What the means of cross-validated trials say of their folds, and of those that they did not come to."""

import math
from collections.abc import Sequence

from sweepflow.trials.history import TrialHistory
from sweepflow.trials.objective import Objective
from sweepflow.trials.state import TrialState

_NOTHING = 1e-12
"""A fold's value that is smaller than this share of the greatest mean is a zero with rounding."""


def fold_values(means: Sequence[float]) -> list[float]:
    """The value of each fold, given the means over the first folds, one for each number of them."""
    scale = max(map(abs, means), default=0.0)
    before = [0.0, *means]
    values = [mean + n * (mean - before[n]) for n, mean in enumerate(means)]
    return [0.0 if abs(value) <= _NOTHING * scale else value for value in values]


def whole_values(trials: Sequence[TrialHistory], objective: Objective) -> list[float]:
    """What ranked trials are worth, in their order: of one that lacks folds, what is to be expected of it.

    That is its mean, moved by as much as the means of the complete trials have moved since they had as many
    folds; but never more than the best complete trial's value. Without folds, or a complete trial, it is the
    trial's value.
    """
    whole = [trial for trial in trials if trial.is_comparable and trial.state is TrialState.COMPLETED]
    best = objective.best(trial.best[-1] for trial in whole) if whole else None
    moves: dict[int, float] = {}
    values = []
    for trial in trials:
        n, value = len(trial.values), trial.best[-1]
        if best is not None and objective.n_missing(n, trial.state):
            if n not in moves:
                moves[n] = math.fsum(peer.best[-1] - peer.best[n - 1] for peer in whole) / len(whole)
            value = objective.ranked([value + moves[n], best])[-1]
        values.append(value)
    return values
