"""Grid sampling: every combination once."""

from typing import ClassVar, Literal

from pydantic import Field

from sweepflow.errors import Problem
from sweepflow.expressions import Choice
from sweepflow.history import History
from sweepflow.space import SearchSpace, combination, dimensions, n_combinations
from sweepflow.trial import Parameters
from sweepflow.unions import SpecModel


class GridSampling(SpecModel):
    """Every combination of the listed values once; for a search space of choices alone."""

    type: Literal["grid"] = Field(default="grid", description="every combination once")

    seed: ClassVar[int | None] = None
    """A grid draws nothing."""

    def check(self, space: SearchSpace) -> list[Problem]:
        """The parameters that have no list of values to go through."""
        return [
            Problem(dimension.field, f"grid sampling takes choice only, got {dimension.expression.type}")
            for dimension in dimensions(space)
            if not isinstance(dimension.expression, Choice)
        ]

    def propose(self, space: SearchSpace, history: History, number: int, seed: int) -> Parameters | None:  # noqa: ARG002
        """The parameters of trial `number`: that combination, the first name varying slowest.

        None beyond the last one; neither the history nor the seed matters.
        """
        return combination(space, number) if number < (n_combinations(space) or 0) else None
