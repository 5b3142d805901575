"""The dimensions of a search space as a model sees them: numbers in [0, 1), or categories."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from sweepflow.space.expression import Drawn, part
from sweepflow.space.search_space import Dimension, dimensions
from sweepflow.trials.parameters import value_key

_MAX_UNORDERED = 32
"""A randint with more values is taken as ordered: as categories they would teach nothing."""

_LAST = 1 - 2**-53


@dataclass(frozen=True)
class Axis:
    """One dimension; a number by its coordinate, so that it is uniform whatever its expression."""

    path: str
    group: str
    """What it is drawn together with: "" is drawn for every trial, `model.0.` in branch 0 of `model`."""
    expression: Drawn

    @cached_property
    def n_categories(self) -> int | None:
        """None for a number."""
        n = self.expression.n_values
        is_listed = len(self.expression.options) > 0
        return n if n is not None and (is_listed or n <= _MAX_UNORDERED) else None

    def category(self, u: float) -> int:
        """Which category lies at this coordinate."""
        return self.category_of_part[part(u, len(self.category_of_part))]

    def coordinate(self, value: float) -> float:
        """A coordinate in [0, 1) of a category, or of a number in [0, 1]."""
        if self.n_categories is None:
            return min(value, _LAST)
        return self.expression.coordinate(self.expression.value_at(int(value))) or 0.0

    @cached_property
    def is_stepped(self) -> bool:
        """Whether it is a number of which only some values are drawn."""
        return self.n_categories is None and self.expression.step is not None

    def snapped(self, u: float) -> float:
        """The coordinate by which a trial is known that was drawn at this one."""
        middle = self.expression.coordinate(self.expression.quantile(u))
        return u if middle is None else middle

    @cached_property
    def opens(self) -> dict[int, str]:
        """The groups that are drawn because this axis is, by its category."""
        if not self.expression.branches:
            return {}
        return {index: f"{self.path}.{option}." for index, option in enumerate(self.expression.options)}

    @cached_property
    def category_of_part(self) -> list[int]:
        """The categories along [0, 1), which is divided evenly; one that weighs more has several parts."""
        if not self.expression.draws:
            return list(range(self.n_categories or 1))
        categories = {value_key(option): index for index, option in enumerate(self.expression.options)}
        return [categories[value_key(draw)] for draw in self.expression.draws]


def axes_of(space: Mapping[str, Drawn]) -> list[Axis]:
    """The axes of a space, each before those of its branches."""
    return [_axis(dimension) for dimension in dimensions(space)]


def _axis(dimension: Dimension) -> Axis:
    return Axis(dimension.path, dimension.path.removesuffix(dimension.name), dimension.expression)
