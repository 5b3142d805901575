"""What the ledger records of trials: rows of its tables, and of the leaderboard that is built from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sweepflow.trials.parameters import Parameters
from sweepflow.trials.state import TrialState, is_ranked

COST = "cost."
"""How the ledger's names of what a trial's model costs begin: these are measured, and not reported."""

COSTS = ("fit_seconds", "predict_ms", "model_bytes")
"""The names under which the costs of an estimator's trial are shown beside its metrics."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRow:
    """A trial as it is on record; times are in UTC."""

    sweep_id: str
    number: int
    state: TrialState
    parameters: Parameters
    started: datetime | None
    """None until a worker starts it."""
    ended: datetime | None
    seconds: float | None
    """Its training time; None while it runs, or if it is not known."""
    error: str | None
    """Why it ended as it did; of a completed trial a note, or None."""


class MetricRow(NamedTuple):
    """One metric of one report, as it is on record."""

    id: int
    """Ascending in the order of recording."""
    sweep_id: str
    number: int
    """The trial's number."""
    name: str
    interval: int
    """Counted from 1; 0 if the trial had not reported its primary metric yet."""
    value: float | None
    """None if it was not a number; a value of the primary metric always is one."""
    time: datetime
    """In UTC."""

    @property
    def is_cost(self) -> bool:
        """Whether it is what the trial's model costs, and no report."""
        return self.name.startswith(COST)


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedRow(TrialRow):
    """A trial with its result, as the leaderboard shows it."""

    value: float | None
    """Its value of the primary metric; None if it never reported it."""
    best_interval: int | None
    """The first interval with that value."""
    intervals: int
    """The number of reports of the primary metric."""
    metrics: Mapping[str, float | None]
    """Its metrics at the best interval; a metric that it did not report there has its last value. Then the
    costs of its model, unless it has reported a metric of that name itself."""
    unmet: str | None = None
    """The requirement of the spec that it does not meet, so that it is not ranked; None if it meets all."""

    @property
    def shown_state(self) -> str:
        """Its state in words; `not ranked` where it does not meet what the spec requires."""
        return "not ranked" if self.unmet else self.state.value

    @property
    def ranked_value(self) -> float | None:
        """Its value; None if it is not ranked."""
        return self.value if self.unmet is None and is_ranked(self.state, self.value) else None

    @property
    def has_value(self) -> bool:
        """Whether it has a value to show, ended or not; the reports of a failed trial do not count."""
        return self.value is not None and self.state is not TrialState.FAILED
