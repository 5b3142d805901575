"""What a trial is: its state, its parameters and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sweepflow.trials.parameters import Parameters

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


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRow:
    """A trial as it is on record; times are in UTC."""

    sweep_id: str
    number: int
    state: TrialState
    parameters: Parameters
    started: datetime | None
    """None before a worker has it."""
    ended: datetime | None
    seconds: float | None
    """Its training time; None while it runs, and where it is not known."""
    error: str | None
    """Why it ended as it did; of a completed one a note, if there is one."""


class MetricRow(NamedTuple):
    """One metric of one report, as it is on record."""

    id: int
    """In the order of the recording."""
    sweep_id: str
    number: int
    """The trial's."""
    name: str
    interval: int
    """Counted from 1; 0 if the trial had not reported its primary metric yet."""
    value: float | None
    """None if it was no number; of the primary metric it always is one."""
    time: datetime
    """In UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedRow(TrialRow):
    """A trial with what it came to, as the leaderboard has it."""

    value: float | None
    """What it is worth by the primary metric; None if it reported none."""
    best_interval: int | None
    """The first interval at which it was worth that."""
    intervals: int
    """How often it reported the primary metric."""
    metrics: Mapping[str, float | None]
    """At the best interval; those that it did not report there as it reported them last."""

    @property
    def ranked_value(self) -> float | None:
        """Its value; None if it is not ranked."""
        return self.value if is_ranked(self.state, self.value) else None

    @property
    def has_value(self) -> bool:
        """Whether it has a value to show, ended or not: what a failed one had reported does not count."""
        return self.value is not None and self.state is not TrialState.FAILED


class SweepState(StrEnum):
    """Where a sweep stands."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"
