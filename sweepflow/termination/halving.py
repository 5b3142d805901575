"""Successive halving and Hyperband: at a few rungs, only the best share of the trials goes on.

The stopping form of ASHA (Li et al., 2020, "A system for massively parallel hyperparameter tuning",
section 3): a trial is judged when it reaches a rung, against those that have reached it so far.
"""

from collections.abc import Iterable
from typing import Literal, Self

from pydantic import Field, model_validator

from sweepflow.history import History, TrialHistory
from sweepflow.objective import Objective
from sweepflow.termination.decision import GO_ON, Decision
from sweepflow.unions import SpecModel, WholeNumber


class _Rungs(SpecModel):
    min_intervals: WholeNumber = Field(
        default=1, ge=1, description="The interval of the first rung, where trials are first compared."
    )
    reduction_factor: WholeNumber = Field(
        default=3, ge=2, description="One in so many trials goes on at a rung, for so many times as long."
    )
    max_intervals: WholeNumber | None = Field(
        default=None, ge=1, description="No rung lies beyond this interval; empty: there is always a next."
    )

    @model_validator(mode="after")
    def _has_a_rung(self) -> Self:
        if self.max_intervals is not None and self.max_intervals < self.min_intervals:
            given = f"max_intervals={self.max_intervals}, min_intervals={self.min_intervals}"
            raise ValueError(f"max_intervals must be >= min_intervals, got {given}")
        return self

    def _is_rung(self, interval: int, first: int) -> bool:
        rung = first
        while rung < interval:
            rung *= self.reduction_factor
        return rung == interval and (self.max_intervals is None or interval <= self.max_intervals)

    def _judge(
        self, kind: str, trial: TrialHistory, peers: Iterable[TrialHistory], objective: Objective
    ) -> Decision:
        interval = len(trial.values)
        ranked = objective.ranked(peer.best[interval - 1] for peer in peers)
        n_going_on = max(1, len(ranked) // self.reduction_factor)
        bound = ranked[n_going_on - 1]
        if not objective.is_worse(trial.best[-1], bound):
            return GO_ON
        return Decision(
            stop=True,
            reason=f"{kind}: best so far {trial.best[-1]:.6g} is not among the best {n_going_on} of "
            f"{len(ranked)} trials at rung {interval}; the last to go on had {bound:.6g}",
        )


class SuccessiveHalvingPolicy(_Rungs):
    """At each rung, stop a trial that is not among the best 1 / reduction_factor of those that reached it."""

    type: Literal["successive_halving"] = "successive_halving"

    def applies_at(self, interval: int) -> bool:
        """Whether this interval is a rung."""
        return self._is_rung(interval, self.min_intervals)

    def decide(self, history: History, trial: TrialHistory, objective: Objective) -> Decision:
        """Whether the trial stops at the rung that it has just reached."""
        interval = len(trial.values)
        if not self.applies_at(interval):
            return GO_ON
        return self._judge(self.type, trial, history.peers(interval), objective)


class HyperbandPolicy(_Rungs):
    """Successive halving in several brackets, which begin to stop trials at later and later intervals."""

    type: Literal["hyperband"] = "hyperband"
    brackets: WholeNumber = Field(
        default=3, ge=1, description="The number of brackets; trials are dealt to them in turn."
    )

    def applies_at(self, interval: int) -> bool:
        """Whether this interval is a rung of some bracket."""
        return any(self._is_rung(interval, self._first_rung(bracket)) for bracket in range(self.brackets))

    def decide(self, history: History, trial: TrialHistory, objective: Objective) -> Decision:
        """Whether the trial stops at the rung of its bracket, compared with that bracket's trials."""
        interval, bracket = len(trial.values), trial.number % self.brackets
        if not self._is_rung(interval, self._first_rung(bracket)):
            return GO_ON
        peers = [peer for peer in history.peers(interval) if peer.number % self.brackets == bracket]
        return self._judge(self.type, trial, peers, objective)

    def _first_rung(self, bracket: int) -> int:
        first: int = self.min_intervals * self.reduction_factor**bracket
        return first
