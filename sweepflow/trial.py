"""What a trial is: its state, its parameters and how it ended."""

from enum import StrEnum
from typing import NamedTuple

Scalar = bool | int | float | str | None
Parameters = dict[str, Scalar]


class TrialState(StrEnum):
    """Where a trial stands; the states from `completed` on are final."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    TERMINATED = "terminated"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELED = "canceled"

    @property
    def is_final(self) -> bool:
        """Whether a trial in this state has ended."""
        return self not in (TrialState.QUEUED, TrialState.RUNNING)

    @property
    def is_ranked(self) -> bool:
        """Whether a trial in this state can be the best one."""
        return self in (TrialState.COMPLETED, TrialState.TERMINATED)


class TrialEnd(NamedTuple):
    """How a trial ended: its final state, the reason (None for a completed one), and its training time.

    `is_lost` says that the system took its process away, or gave it none: nothing that a trial's code
    or parameters can be blamed for, so that it may run again.
    """

    state: TrialState
    reason: str | None
    seconds: float | None
    is_lost: bool = False
