"""Which way is up: the only place that knows whether a greater or a smaller value is better."""

import math
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from sweepflow.fields.model import SpecModel, WholeNumber, lowered
from sweepflow.trials.state import TrialState

_ROUNDING = 1e-9
_SPARE = 64
"""Bits by which values are scaled down where their sum would be too large: enough for 2**64 of them."""


class Objective(SpecModel):
    """What a sweep optimises."""

    primary_metric: str = Field(
        min_length=1,
        description="The metric that decides: a scorer or loss of scikit-learn's, a function of your own as "
        "package.module:name, or what the trial reports.",
    )
    goal: Annotated[Literal["maximize", "minimize"], BeforeValidator(lowered)] = Field(
        description="Whether a greater or a smaller value is better."
    )

    def score(self, value: float) -> float:
        """The value with its sign such that greater is always better."""
        return value if self.goal == "maximize" else -value

    def value(self, score: float) -> float:
        """The inverse of `score`."""
        return self.score(score)

    def so_far(self, best: float | None, value: float) -> float:
        """A trial's value after a report, given its value before (None: this report is its first)."""
        return value if best is None or self.is_better(value, best) else best

    def place(self, values: Sequence[float]) -> int:
        """At which of its reports, counted from 0, a trial first had its value; there is at least one."""
        return values.index(self.best(values))

    def average(self, values: Sequence[float]) -> float:
        """What a trial has averaged over its reports so far, of which there is at least one."""
        try:
            return math.fsum(values) / len(values)
        except OverflowError:  # the sum is too large for a float, the average is not
            return math.fsum(math.ldexp(value, -_SPARE) for value in values) / len(values) * 2.0**_SPARE

    def n_missing(self, n_reports: int, state: TrialState) -> int:  # noqa: ARG002
        """How many reports a trial's value lacks to be compared with those of complete trials: none."""
        return 0

    def rank(self, value: float, n_reports: int, state: TrialState) -> tuple[int, float]:
        """What trials are ranked by, the lowest first: what their values lack, then the values."""
        return self.n_missing(n_reports, state), -self.score(value)

    def is_like(self, other: "Objective") -> bool:
        """Whether the reports of trials with the other objective mean the same: metric, goal, and kind."""
        return type(self) is type(other) and (self.primary_metric, self.goal) == (
            other.primary_metric,
            other.goal,
        )

    def is_better(self, value: float, other: float) -> bool:
        """Whether `value` is strictly better than `other`."""
        return self.score(value) > self.score(other)

    def best(self, values: Iterable[float]) -> float:
        """The best of the values; ValueError if there is none."""
        return max(values, key=self.score)

    def ranked(self, values: Iterable[float]) -> list[float]:
        """The values in order, the best first."""
        return sorted(values, key=self.score, reverse=True)

    def is_worse(self, value: float, bound: float) -> bool:
        """Whether `value` is worse than `bound` by more than rounding (1e-9, relative)."""
        return self.is_better(bound, value) and not math.isclose(value, bound, rel_tol=_ROUNDING)


class MeanObjective(Objective):
    """The objective of cross-validated trials: a report is a mean over more folds, so the latest counts.

    A mean over all folds and one over fewer are not compared: the fewer may be the easier ones.
    """

    folds: WholeNumber = Field(ge=2, description="How many folds a complete trial has reported.")

    def so_far(self, best: float | None, value: float) -> float:  # noqa: ARG002
        """The latest mean."""
        return value

    def place(self, values: Sequence[float]) -> int:
        """The latest report, also where an earlier mean was the same."""
        return len(values) - 1

    def average(self, values: Sequence[float]) -> float:
        """The latest mean, which is the average over the folds."""
        return values[-1]

    def n_missing(self, n_reports: int, state: TrialState) -> int:
        """How many folds are missing; none of a trial that has completed, in a sweep with fewer folds."""
        return 0 if state is TrialState.COMPLETED else max(0, self.folds - n_reports)
