"""What a trial is: its state, its parameters and how it ended."""

from enum import StrEnum
from typing import NamedTuple

Scalar = bool | int | float | str | None
Parameters = dict[str, Scalar]


NULL = "null"
"""How a value of None is shown to people: as in a spec, and not as where nothing was drawn."""


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
    def is_cut_off(self) -> bool:
        """Whether a trial in this state was stopped in the middle, by a timeout or with its sweep."""
        return self in (TrialState.TIMED_OUT, TrialState.CANCELED)


def is_ranked(state: str, value: float | None) -> bool:
    """Whether a trial can be the best one: it has ended, has a value, and did not fail.

    One that was stopped, by a policy, at a timeout or with its sweep, counts with what it had reported.
    """
    known = TrialState(state)
    return known.is_final and known is not TrialState.FAILED and value is not None


class TrialEnd(NamedTuple):
    """How a trial ended: its final state, the reason, and its training time.

    The reason of a completed one is None, or a note on what could not be done after it had its value.
    `is_lost` says that the system took its process away, or gave it none: nothing that a trial's code
    or parameters can be blamed for, so that it may run again.
    """

    state: TrialState
    reason: str | None
    seconds: float | None
    is_lost: bool = False
