"""Median stopping: stop a trial whose best is worse than the median of all running averages."""

from typing import Literal

from sweepflow.termination.policy import GO_ON, Decision, Schedule
from sweepflow.trials.history import Among, History, TrialHistory
from sweepflow.trials.objective import Objective


class MedianStoppingPolicy(Schedule):
    """Stop a trial whose best value is worse than the median of the trials' averages at the same interval."""

    type: Literal["median_stopping"] = "median_stopping"

    def decide(self, history: History, trial: TrialHistory, objective: Objective) -> Decision:
        """Whether the trial stops at its latest interval; an even count takes the mean of the middle two."""
        interval = len(trial.values)
        if not self.applies_at(interval):
            return GO_ON
        averages = history.standing(Among(interval, by_average=True))
        if not averages or not objective.is_worse(trial.best[-1], median := averages.median):
            return GO_ON
        return Decision(
            stop=True,
            reason=f"median_stopping: best so far {trial.best[-1]:.6g} is worse than the median {median:.6g} "
            f"of {len(averages)} averages at interval {interval}",
        )
