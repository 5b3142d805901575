"""What an early termination policy answers, and when it is asked."""

from typing import NamedTuple

from pydantic import Field

from sweepflow.fields.model import SpecModel, WholeNumber


class Decision(NamedTuple):
    """Whether a trial is to stop, and why; a trial that goes on needs no reason."""

    stop: bool
    reason: str = ""


GO_ON = Decision(stop=False)


class Schedule(SpecModel):
    """At which intervals a policy is applied."""

    evaluation_interval: WholeNumber = Field(
        default=1, ge=1, description="Apply the policy at every so many intervals of a trial."
    )
    delay_evaluation: WholeNumber = Field(
        default=0, ge=0, description="Leave every trial alone before it has reached this interval."
    )

    def applies_at(self, interval: int) -> bool:
        """Whether the policy looks at a trial at this interval, counted from 1."""
        return interval % self.evaluation_interval == 0 and interval >= self.delay_evaluation
