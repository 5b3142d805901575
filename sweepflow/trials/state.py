"""The states of trials and sweeps, and how a trial ended."""

from enum import StrEnum
from typing import NamedTuple

NULL = "null"
"""How a parameter's value None is shown to people, as in a spec; empty means that nothing was drawn."""


class TrialState(StrEnum):
    """The state of a trial; the states from `completed` on are final."""

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
        """The state as people read it: `timed out`."""
        return self.value.replace("_", " ")

    @property
    def is_cut_off(self) -> bool:
        """Whether a trial in this state was stopped before its end, at a timeout or with its sweep."""
        return self in (TrialState.TIMED_OUT, TrialState.CANCELED)


def is_ranked(state: TrialState, value: float | None) -> bool:
    """Whether a trial can be the best one: it has ended, has a value, and did not fail.

    A trial that was stopped, by a policy, at a timeout or with its sweep, counts with its reports until then.
    """
    return state.is_final and state is not TrialState.FAILED and value is not None


class TrialEnd(NamedTuple):
    """How a trial ended: its final state, the reason, and its training time.

    The reason of a completed trial is None, or a note on what could not be done after it had its value.
    `is_lost` is true if the system took its process away, or did not give it one: the trial's code and
    parameters are not to blame, so that it may run again.
    """

    state: TrialState
    reason: str | None
    seconds: float | None
    is_lost: bool = False


class SweepState(StrEnum):
    """The state of a sweep."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"
