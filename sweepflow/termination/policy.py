"""What every early termination policy is, and what it decides."""

from abc import abstractmethod
from typing import ClassVar, NamedTuple

from pydantic import Field

from sweepflow.fields.model import SpecModel, WholeNumber
from sweepflow.trials.history import History, TrialHistory
from sweepflow.trials.objective import Objective


class Decision(NamedTuple):
    """Whether a trial is to stop, and why; a trial that goes on needs no reason."""

    stop: bool
    reason: str = ""


GO_ON = Decision(stop=False)


class Policy(SpecModel):
    """An early termination policy: a frozen value that says which trials stop.

    It does nothing itself, and knows neither files nor the clock nor what it decided before: after a crash
    the sweep puts the same questions again, and must get the same answers. `sweepflow.testing.policies` has
    the tests that every policy must pass.
    """

    needs_folds: ClassVar[bool] = False
    """Whether it can judge nothing but cross-validated trials, whose reports are means over more folds."""

    type: str

    @property
    def fewest_trials(self) -> int:
        """How many trials there must be, the judged one included, for it to stop one of them."""
        return 2

    def unfit(self, folds: int | None) -> str | None:
        """Why it cannot judge trials with so many folds, None where there are none; None if it can."""
        return (
            f"{self.type} compares folds, so it needs validation.folds"
            if self.needs_folds and not folds
            else None
        )

    @abstractmethod
    def applies_at(self, interval: int) -> bool:
        """Whether it may stop a trial at this interval, counted from 1: nobody is stopped where not."""

    @abstractmethod
    def decide(self, history: History, trial: TrialHistory, objective: Objective) -> Decision:
        """Whether the trial, which has just reported, stops at its latest interval.

        A function of its arguments, which it leaves as they are, and not of the order in which the history
        holds the trials. `trial` is one of the history's and has at least one value. Only a stop has a
        reason, in which people read what the bound was. Neither a trial without peers nor the best of all is
        stopped, nor one of those that are all alike.
        """


class Schedule(Policy):
    """A policy that is applied at every so many intervals."""

    evaluation_interval: WholeNumber = Field(
        default=1, ge=1, description="Apply the policy at every so many intervals of a trial."
    )
    delay_evaluation: WholeNumber = Field(
        default=0, ge=0, description="Leave every trial alone before it has reached this interval."
    )

    def applies_at(self, interval: int) -> bool:
        """Whether the policy looks at a trial at this interval, counted from 1."""
        return interval % self.evaluation_interval == 0 and interval >= self.delay_evaluation
