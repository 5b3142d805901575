"""Bandit policy: stop a trial that lags too far behind the best one at the same interval."""

from typing import Literal

from pydantic import Field, model_validator

from sweepflow.fields.model import Number
from sweepflow.termination.policy import GO_ON, Decision, Schedule
from sweepflow.trials.history import Among, History, TrialHistory
from sweepflow.trials.objective import Objective


class BanditPolicy(Schedule):
    """Stop a trial whose best value lies outside a slack of the best trial's at the same interval."""

    type: Literal["bandit"] = "bandit"
    slack_factor: Number | None = Field(
        default=None,
        gt=0,
        description="The allowed distance to the best trial, as a ratio: 0.2 allows 1 / 1.2 of the best.",
    )
    slack_amount: Number | None = Field(
        default=None,
        gt=0,
        description="The allowed distance to the best trial, in the metric's own unit.",
    )

    @model_validator(mode="after")
    def _has_one_slack(self) -> "BanditPolicy":
        if (self.slack_factor is None) == (self.slack_amount is None):
            given = "neither" if self.slack_factor is None else "both"
            raise ValueError(f"exactly one of slack_factor and slack_amount must be given, got {given}")
        return self

    def decide(self, history: History, trial: TrialHistory, objective: Objective) -> Decision:
        """Whether the trial stops at its latest interval, judged against all peers at that interval."""
        interval = len(trial.values)
        if not self.applies_at(interval):
            return GO_ON
        peers = history.standing(Among(interval))
        best = objective.best([peers[0], trial.best[-1]]) if peers else trial.best[-1]
        bound = self.bound(best, objective)
        own = trial.best[-1]
        if not objective.is_worse(own, bound):
            return GO_ON
        return Decision(
            stop=True,
            reason=f"bandit: best so far {own:.6g} is outside the bound {bound:.6g} at interval {interval}, "
            f"where the best trial had {best:.6g}",
        )

    def bound(self, best: float, objective: Objective) -> float:
        """The worst value that still goes on, when the best trial has `best`; never better than `best`."""
        score = objective.score(best)
        if self.slack_amount is not None:
            return objective.value(score - self.slack_amount)
        widening = 1 + (self.slack_factor or 0.0)
        return objective.value(score / widening if score >= 0 else score * widening)
