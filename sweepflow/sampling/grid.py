"""Grid sampling: every combination once."""

from typing import ClassVar, Literal

from pydantic import Field

from sweepflow.errors import ConstraintError, Problem
from sweepflow.sampling.algorithm import Algorithm
from sweepflow.sampling.kept import Kept
from sweepflow.space.combinations import combination, combinations, n_combinations
from sweepflow.space.constraints import Allows, anything
from sweepflow.space.expression import Drawn
from sweepflow.space.search_space import SearchSpace, dimensions
from sweepflow.trials.history import History
from sweepflow.trials.parameters import Parameters, configuration_key

_MOST_TRIED = 1_000_000


class GridSampling(Algorithm):
    """Every combination once; for a search space of choices, and of randints with both bounds."""

    type: Literal["grid"] = Field(default="grid", description="every combination once")

    is_listed: ClassVar[bool] = True

    learns: ClassVar[bool] = False

    seed: ClassVar[int | None] = None
    """A grid draws nothing."""

    def check(self, space: SearchSpace) -> list[Problem]:
        """The parameters that have no list of values to go through."""
        return [
            Problem(dimension.field, f"grid sampling takes choice only, got {_named(dimension.expression)}")
            for dimension in dimensions(space)
            if not dimension.expression.options and not _has_both_bounds(dimension.expression)
        ]

    def propose(
        self,
        space: SearchSpace,
        history: History,
        number: int,
        seed: int,  # noqa: ARG002
        allows: Allows = anything,
    ) -> Parameters | None:
        """The parameters of trial `number`: that of the allowed combinations, first name varying slowest.

        None beyond the last one; the history and the seed do not matter. ConstraintError if a million
        combinations in a row are not allowed.
        """
        index = number if allows is anything else _ALLOWED.of(history, space, allows).index(number)
        return combination(space, index) if index is not None and index < _n(space) else None

    def number_of(self, space: SearchSpace, parameters: Parameters, allows: Allows) -> int | None:
        """The number of the trial that gets this combination; None if it is none of the grid's."""
        allowed = (each for each in combinations(space) if allows(each))
        key = configuration_key(parameters)
        return next((k for k, each in enumerate(allowed) if configuration_key(each) == key), None)


def _has_both_bounds(expression: Drawn) -> bool:
    # As in the reference, a randint of which only `upper` is written is none of a grid's.
    return expression.n_values is not None and "lower" in expression.model_fields_set


def _named(expression: Drawn) -> str:
    hint = "" if expression.n_values is None else "; write lower: 0 to try each whole number"
    return f"{expression.type}{hint}"


class _Allowed:
    """The numbers of the allowed combinations, looked for only as far as they are needed."""

    def __init__(self, space: SearchSpace, allows: Allows) -> None:
        self._space = space
        self._allows = allows
        self._numbers: list[int] = []
        self._next = 0

    def index(self, number: int) -> int | None:
        """The allowed combination of that number, from 0; None if there are not as many."""
        n_tried = 0
        while len(self._numbers) <= number and self._next < _n(self._space):
            if self._allows(combination(self._space, self._next)):
                self._numbers.append(self._next)
                n_tried = 0
            self._next += 1
            n_tried += 1
            if n_tried > _MOST_TRIED:
                raise ConstraintError(f"constraints: none of {_MOST_TRIED:,} combinations satisfies them")
        return self._numbers[number] if number < len(self._numbers) else None


_ALLOWED = Kept(_Allowed)


def _n(space: SearchSpace) -> int:
    return n_combinations(space) or 0
