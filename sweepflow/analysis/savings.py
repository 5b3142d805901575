"""What early termination saved, estimated from the record."""

from typing import NamedTuple

from sweepflow.archive.sweep import Sweep
from sweepflow.trials.rows import RankedRow
from sweepflow.trials.state import TrialState


class Savings(NamedTuple):
    """Upper bounds: a stopped trial might have ended by itself before the longest completed one."""

    stopped: list[RankedRow]
    """The trials that the policy stopped."""
    longest: int
    """The most intervals that a completed trial trained."""
    intervals_trained: int
    """How many intervals the stopped trials trained, summed."""
    intervals_saved: int
    """How many intervals fewer than the longest trial they trained, summed."""
    seconds_trained: float
    seconds_saved: float
    """The time of the saved intervals, at each trial's own pace."""

    @property
    def share(self) -> float:
        """The share of the stopped trials' intervals that was saved."""
        return self.intervals_saved / (self.intervals_trained + self.intervals_saved)


def savings(sweep: Sweep) -> Savings | None:
    """The savings; None if no trial was stopped, or none completed to compare with."""
    completed = [row.intervals for row in sweep.rows if row.state is TrialState.COMPLETED]
    stopped = [row for row in sweep.rows if row.state is TrialState.TERMINATED and row.intervals]
    if not stopped or not completed:
        return None
    longest = max(completed)
    saved = [max(0, longest - row.intervals) for row in stopped]
    seconds = [row.seconds or 0.0 for row in stopped]
    return Savings(
        stopped=stopped,
        longest=longest,
        intervals_trained=sum(row.intervals for row in stopped),
        intervals_saved=sum(saved),
        seconds_trained=sum(seconds),
        seconds_saved=sum(
            spent / row.intervals * n for spent, row, n in zip(seconds, stopped, saved, strict=True)
        ),
    )
