"""One trial of a sweep, and the values that it has reported so far."""

from dataclasses import dataclass, field

from sweepflow.trials.objective import Objective
from sweepflow.trials.parameters import Parameters
from sweepflow.trials.state import TrialState, is_ranked


@dataclass
class TrialHistory:
    """One trial: its parameters, its state and its reports of the primary metric, by interval."""

    number: int
    parameters: Parameters
    state: TrialState = TrialState.QUEUED
    values: list[float] = field(default_factory=list)
    best: list[float] = field(default_factory=list)
    """best[i] is the trial's value after i + 1 reports: the best of them, or the latest if they are means."""
    is_comparable: bool = True
    """Whether others may be compared with its curve: not if it comes from other data."""
    unmet: str | None = None
    """The requirement of the spec that it does not meet, so that it is not ranked; None if it meets all."""

    def report(self, value: float, objective: Objective) -> None:
        """Add a report of the primary metric."""
        value += 0.0  # -0.0 becomes 0.0: which of the two is the best must not depend on their order
        self.best.append(objective.so_far(self.value, value))
        self.values.append(value)

    @property
    def value(self) -> float | None:
        """The trial's value so far, the last of `best`; None before its first report."""
        return self.best[-1] if self.best else None

    @property
    def is_peer(self) -> bool:
        """Whether others are compared with what it has reported.

        One that does not meet what the spec requires is none: those that do may never be as good.
        """
        return self.is_comparable and self.state is not TrialState.FAILED and self.unmet is None

    @property
    def has_ended(self) -> bool:
        """Whether its state is final."""
        return self.state.is_final

    @property
    def is_ranked(self) -> bool:
        """Whether it can be the best trial: it has ended with a value, and meets what the spec requires."""
        return self.unmet is None and is_ranked(self.state, self.value)

    @property
    def best_interval(self) -> int | None:
        """The first interval, counted from 1, at which it reported its best value."""
        return self.values.index(self.best[-1]) + 1 if self.best else None
