"""Where a trial and its sweep stand, and how a trial ended."""

from enum import StrEnum
from typing import NamedTuple

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
    def words(self) -> str:
        """What people read: `timed out`."""
        return self.value.replace("_", " ")

    @property
    def is_cut_off(self) -> bool:
        """Whether a trial in this state was stopped in the middle, by a timeout or with its sweep."""
        return self in (TrialState.TIMED_OUT, TrialState.CANCELED)


def is_ranked(state: TrialState, value: float | None) -> bool:
    """Whether a trial can be the best one: it has ended, has a value, and did not fail.

    One that was stopped, by a policy, at a timeout or with its sweep, counts with what it had reported.
    """
    return state.is_final and state is not TrialState.FAILED and value is not None


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


class SweepState(StrEnum):
    """Where a sweep stands."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"
