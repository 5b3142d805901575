"""Forgiving folds: stop a cross-validated trial that is no better than the leader was on its worst fold.

From Bergman, Purucker and Hutter, "Don't Waste Your Time: Early Stopping Cross-Validation" (AutoML 2024,
PMLR 256:9, https://proceedings.mlr.press/v256/bergman24a.html), where it is called forgiving early stopping.
"""

from typing import ClassVar, Literal

from sweepflow.termination.policy import GO_ON, Decision, Policy
from sweepflow.trials.folds import fold_values
from sweepflow.trials.history import History, TrialHistory
from sweepflow.trials.objective import Objective


class ForgivingFoldsPolicy(Policy):
    """Stop a trial whose mean over its folds so far is not better than the leader's worst fold."""

    needs_folds: ClassVar[bool] = True

    type: Literal["forgiving_folds"] = "forgiving_folds"

    def applies_at(self, interval: int) -> bool:  # noqa: ARG002
        """It looks at every fold."""
        return True

    def decide(self, history: History, trial: TrialHistory, objective: Objective) -> Decision:
        """Whether the trial stops, judged by the best of the trials that have completed all their folds.

        One whose mean equals the leader's goes on, even where all folds of the leader are alike.
        """
        mean = trial.best[-1]
        leader = history.best_completed
        if leader is None:
            return GO_ON
        worst = objective.ranked(fold_values(leader.values))[-1]
        if objective.is_worse(worst, mean) or not objective.is_worse(mean, leader.best[-1]):
            return GO_ON
        return Decision(
            stop=True,
            reason=f"forgiving_folds: mean {mean:.6g} after fold {len(trial.values)} is not better than "
            f"{worst:.6g}, the worst fold of trial {leader.number}, which leads with {leader.best[-1]:.6g}",
        )
