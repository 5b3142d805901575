"""What the ledger has of trials: a row of its tables each, and of the leaderboard that is made of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sweepflow.trials.parameters import Parameters
from sweepflow.trials.state import TrialState, is_ranked


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
