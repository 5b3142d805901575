"""Truncation selection: stop the worst share of the trials."""

import math
from typing import Literal

from pydantic import Field

from sweepflow.fields.model import WholeNumber
from sweepflow.termination.policy import GO_ON, Decision, Schedule
from sweepflow.trials.history import Among, History, TrialHistory
from sweepflow.trials.objective import Objective


class TruncationSelectionPolicy(Schedule):
    """Stop a trial that is among the worst ones at the same interval, and not tied with one that goes on."""

    type: Literal["truncation_selection"] = "truncation_selection"
    truncation_percentage: WholeNumber = Field(
        ge=1, le=99, description="The share of the trials to stop, in percent; rounded down to whole trials."
    )
    exclude_finished_jobs: bool = Field(
        default=False, description="Compare with the trials that still run only, not with ended ones."
    )

    @property
    def fewest_trials(self) -> int:
        """As many as have one whole trial in the percentage."""
        return max(2, math.ceil(100 / self.truncation_percentage))

    def decide(self, history: History, trial: TrialHistory, objective: Objective) -> Decision:
        """Whether the trial stops at its latest interval, among its peers there, itself included."""
        interval = len(trial.values)
        if not self.applies_at(interval):
            return GO_ON
        peers = history.standing(Among(interval, unfinished=self.exclude_finished_jobs))
        if self.exclude_finished_jobs and trial.state.is_final and trial.is_peer:
            peers = peers.and_one(trial.best[-1])
        n_stopped = len(peers) * self.truncation_percentage // 100
        if not peers or not objective.is_worse(trial.best[-1], bound := peers[len(peers) - n_stopped - 1]):
            return GO_ON
        return Decision(
            stop=True,
            reason=f"truncation_selection: best so far {trial.best[-1]:.6g} is among the worst {n_stopped} "
            f"of {len(peers)} trials at interval {interval}; the last to go on had {bound:.6g}",
        )
