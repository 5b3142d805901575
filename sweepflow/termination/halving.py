"""Successive halving and Hyperband: at a few rungs, only the best share of the trials goes on.

The stopping form of ASHA (Li et al., 2020, "A system for massively parallel hyperparameter tuning",
section 3): a trial is judged when it reaches a rung, against those that have reached it so far.
"""

from collections.abc import Iterable
from typing import Literal, Self

from pydantic import Field, model_validator

from sweepflow.fields.model import WholeNumber
from sweepflow.termination.policy import GO_ON, Decision, Policy
from sweepflow.trials.history import Among, History, TrialHistory
from sweepflow.trials.objective import Objective


class _Rungs(Policy):
    min_intervals: WholeNumber = Field(
        default=1, ge=1, description="The interval of the first rung, where trials are first compared."
    )
    reduction_factor: WholeNumber = Field(
        default=3, ge=2, description="One in so many trials goes on at a rung, for so many times as long."
    )
    max_intervals: WholeNumber | None = Field(
        default=None, ge=1, description="No rung lies beyond this interval; empty: there is always a next."
    )
    rejudge: bool = Field(
        default=False,
        description="Judge a trial again, at each later report, by the rungs that it has passed: more trials "
        "have reached them since. Saves about as much again, and may stop the trial that leads.",
    )

    @model_validator(mode="after")
    def _has_a_rung(self) -> Self:
        if self.max_intervals is not None and self.max_intervals < self.min_intervals:
            given = f"max_intervals={self.max_intervals}, min_intervals={self.min_intervals}"
            raise ValueError(f"max_intervals must be >= min_intervals, got {given}")
        return self

    def _judged_at(self, interval: int, first: int) -> list[int]:
        """The rungs at which a trial is judged when it has come to this interval."""
        last = interval if self.max_intervals is None else min(interval, self.max_intervals)
        rungs = [first]
        while rungs[-1] <= last:
            rungs.append(rungs[-1] * self.reduction_factor)
        return [rung for rung in rungs[:-1] if self.rejudge or rung == interval]

    def _judge(self, history: History, trial: TrialHistory, among: Among, objective: Objective) -> Decision:
        """The decision at one rung, an interval that the trial has reached, among its peers there."""
        standing = history.standing(among)
        value = trial.best[among.interval - 1]
        n_going_on = max(1, len(standing) // self.reduction_factor)
        if not standing or not objective.is_worse(value, bound := standing[n_going_on - 1]):
            return GO_ON
        return Decision(
            stop=True,
            reason=f"{self.type}: best so far {value:.6g} is not among the best {n_going_on} of "
            f"{len(standing)} trials at rung {among.interval}; the last to go on had {bound:.6g}",
        )


def _first_stop(decisions: Iterable[Decision]) -> Decision:
    return next((decision for decision in decisions if decision.stop), GO_ON)


class SuccessiveHalvingPolicy(_Rungs):
    """At each rung, stop a trial that is not among the best 1 / reduction_factor of those that reached it."""

    type: Literal["successive_halving"] = "successive_halving"

    def applies_at(self, interval: int) -> bool:
        """Whether this interval is a rung, or one at which earlier rungs count again."""
        return bool(self._judged_at(interval, self.min_intervals))

    def decide(self, history: History, trial: TrialHistory, objective: Objective) -> Decision:
        """Whether the trial stops at the rung that it has just reached."""
        return _first_stop(
            self._judge(history, trial, Among(rung), objective)
            for rung in self._judged_at(len(trial.values), self.min_intervals)
        )


class HyperbandPolicy(_Rungs):
    """Successive halving in several brackets, which begin to stop trials at later and later intervals."""

    type: Literal["hyperband"] = "hyperband"
    brackets: WholeNumber = Field(
        default=3, ge=1, description="The number of brackets; trials are dealt to them in turn."
    )

    @property
    def fewest_trials(self) -> int:
        """As many as put two trials into one bracket."""
        return self.brackets + 1

    def applies_at(self, interval: int) -> bool:
        """Whether this interval is a rung of some bracket, or one at which earlier rungs count again."""
        return any(self._judged_at(interval, self._first_rung(bracket)) for bracket in range(self.brackets))

    def decide(self, history: History, trial: TrialHistory, objective: Objective) -> Decision:
        """Whether the trial stops at the rung of its bracket, compared with that bracket's trials."""
        bracket = trial.number % self.brackets
        return _first_stop(
            self._judge(history, trial, self._among(rung, bracket), objective)
            for rung in self._judged_at(len(trial.values), self._first_rung(bracket))
        )

    def _among(self, rung: int, bracket: int) -> Among:
        return Among(rung, bracket=bracket, n_brackets=self.brackets)

    def _first_rung(self, bracket: int) -> int:
        first: int = self.min_intervals * self.reduction_factor**bracket
        return first
