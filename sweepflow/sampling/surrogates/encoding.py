"""The points of a search space as rows of numbers for a Gaussian process."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sweepflow.sampling.surrogates.axes import axes_of
from sweepflow.sampling.surrogates.observations import Point
from sweepflow.space.search_space import SearchSpace

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]

_ABSENT = 0.5
_LAST = 1 - 2**-53
_ONE = 0.5**0.5
"""Two categories are as far from each other as the two ends of a number."""


class _Column(NamedTuple):
    axis: int
    values: Vector
    is_free: Mask
    """Whether it is a number that is drawn in this row."""


class Encoding:
    """Of a search space; a row of coordinates has a column for each axis, drawn or not.

    The code of a row has a column for each number, and one for each category of the others (one-hot).
    What is not drawn looks the same in all rows: numbers as 0.5, categories as 0. An axis with but one
    category has no column.
    """

    def __init__(self, space: SearchSpace) -> None:
        self.axes = axes_of(space)

    @cached_property
    def axis_of_column(self) -> list[int]:
        """The axis of each column of a code."""
        return [column.axis for column in self._columns(self.rows([{}]))]

    def rows(self, points: Iterable[Point]) -> Matrix:
        """The points as rows of coordinates."""
        return np.array([[point.get(axis.path, _ABSENT) for axis in self.axes] for point in points])

    def point(self, row: Vector) -> Point:
        """A row as a point; the axes that are not drawn are in it too."""
        return {axis.path: min(u, _LAST) for axis, u in zip(self.axes, row.tolist(), strict=True)}

    def snapped(self, rows: Matrix) -> Matrix:
        """The rows by which trials are known that were drawn at these."""
        snapped = rows.copy()
        for index, axis in enumerate(self.axes):
            if axis.is_stepped:
                snapped[:, index] = [axis.snapped(min(u, _LAST)) for u in rows[:, index].tolist()]
        return snapped

    def encode(self, rows: Matrix) -> Matrix:
        """The code of each row."""
        columns = [column.values for column in self._columns(rows)]
        return np.column_stack(columns) if columns else np.zeros((len(rows), 0))

    def free(self, row: Vector) -> tuple[list[int], list[int]]:
        """The axes that are numbers and drawn in this row, and their columns in its code."""
        columns = list(self._columns(row[None]))
        free = [index for index, column in enumerate(columns) if column.is_free[0]]
        return [columns[index].axis for index in free], free

    def _columns(self, rows: Matrix) -> Iterator[_Column]:
        is_drawn = {"": np.full(len(rows), True)}
        never = np.full(len(rows), False)
        for index, axis in enumerate(self.axes):
            here, u = is_drawn[axis.group], rows[:, index]
            if axis.n_categories is None:
                yield _Column(index, np.where(here, u, _ABSENT), here)
                continue
            parts = np.array(axis.category_of_part)
            categories = parts[np.minimum((u * len(parts)).astype(int), len(parts) - 1)]
            for category, group in axis.opens.items():
                is_drawn[group] = here & (categories == category)
            for category in range(axis.n_categories if axis.n_categories > 1 else 0):
                yield _Column(index, _ONE * (here & (categories == category)), never)
