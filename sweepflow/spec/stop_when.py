"""When a sweep has found enough."""

from typing import Self

from pydantic import Field, model_validator

from sweepflow.fields.model import Number, SpecModel, WholeNumber
from sweepflow.trials.history import History


class StopWhen(SpecModel, title="stop when"):
    """Ends the sweep before its limits do; trials that run then are canceled."""

    target: Number | None = Field(
        default=None, description="Stop as soon as a trial has ended with this value, or a better one."
    )
    no_improvement_trials: WholeNumber | None = Field(
        default=None, ge=1, description="Stop when so many trials in a row have ended without a new best one."
    )

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if self.target is None and self.no_improvement_trials is None:
            raise ValueError("must have target or no_improvement_trials, got neither")
        return self

    def reason(self, history: History) -> str | None:
        """Why the sweep is to stop now; None while it goes on."""
        leader = history.leader
        is_whole = leader is not None and not history.objective.n_missing(len(leader.values), leader.state)
        best = leader.value if leader is not None and is_whole else None
        if self.target is not None and best is not None and not history.objective.is_worse(best, self.target):
            return f"the best value {best:.6g} has reached the target {self.target:.6g}"
        n_allowed = self.no_improvement_trials
        if n_allowed is not None and history.n_since_best >= n_allowed:
            return f"the last {history.n_since_best} trials have not been better than the best one"
        return None
