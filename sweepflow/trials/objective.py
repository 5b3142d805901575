"""Which way is up: the only place that knows whether a greater or a smaller value is better."""

import math
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from sweepflow.fields.model import SpecModel, lowered

_ROUNDING = 1e-9


class Objective(SpecModel):
    """What a sweep optimises."""

    primary_metric: str = Field(
        min_length=1,
        description="The metric that decides: a scorer or loss of scikit-learn's, or what the trial reports.",
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
    """The objective of cross-validated trials: a report is a mean over more folds, so the latest counts."""

    def so_far(self, best: float | None, value: float) -> float:  # noqa: ARG002
        """The latest mean."""
        return value
