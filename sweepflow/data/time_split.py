"""Parts that follow each other in time: what trains was before what ranks the trials and tests the winner."""

from collections.abc import Collection, Iterator
from math import ceil

import numpy as np
from numpy.typing import NDArray

from sweepflow.data.gap import microseconds_of
from sweepflow.data.source import Validation
from sweepflow.errors import DataError

__all__ = ["expanding_windows", "forward_parts", "last_rows"]

Rows = NDArray[np.intp]
Times = NDArray[np.int64] | NDArray[np.float64]
Groups = NDArray[np.int64] | None


def forward_parts(
    time: Times, group: Groups, validation: Validation, drawn: Collection[str] = ("validation", "test")
) -> dict[str, Rows]:
    """The row numbers of each part, ascending: the last rows test, those before rank the trials.

    Rows of one time stay together. Between two parts, the last times of the earlier one are left out by
    `validation.gap`; with folds only before the test part. Of a group that is in several parts only the rows
    in the last of these are kept. Only the parts in `drawn` are held back. DataError if one would be empty.
    """
    steps = _Steps(time)
    sizes = {"test": validation.test_size, "validation": validation.validation_size}
    gaps = {"test": validation.gap, "validation": 0 if validation.folds else validation.gap}
    end, n_before, later = steps.n_steps, steps.n_rows, np.array([], dtype=np.intp)
    parts: dict[str, Rows] = {}
    for part in [part for part in sizes if part in drawn]:
        n_before -= ceil(sizes[part] * steps.n_rows)
        first = steps.nearest(n_before)
        parts[part] = _apart(group, steps.rows(first, end), later)
        end, later = steps.before(first, gaps[part]), np.concatenate([later, parts[part]])
    parts = {"train": _apart(group, steps.rows(0, end), later), **dict(reversed(parts.items()))}
    for part, rows in parts.items():
        if not len(rows):
            raise DataError("data.time", _why_empty(part, steps, group, validation))
    return parts


def expanding_windows(
    time: Times, group: Groups, n_folds: int, gap: int | str
) -> Iterator[tuple[Rows, Rows]]:
    """The rows to train on and the rows held out, fold by fold, as scikit-learn's TimeSeriesSplit has them.

    Each fold holds out the next share of the rows and trains on all before, but for the gap: so many times,
    or those no longer before than a duration. Rows of one time stay together, and groups as in
    `forward_parts`.
    """
    steps = _Steps(time)
    size = steps.n_rows // (n_folds + 1)
    firsts = [steps.nearest(steps.n_rows - size * left) for left in range(n_folds, 0, -1)]
    for first, end in zip(firsts, [*firsts[1:], steps.n_steps], strict=True):
        held_out = steps.rows(first, end)
        yield _apart(group, steps.rows(0, steps.before(first, gap)), held_out), held_out


def last_rows(time: Times, group: Groups, share: float, gap: int | str) -> tuple[Rows, Rows]:
    """The rows before the last share of them, but for the gap, and these last ones, as in `forward_parts`.

    Either may be empty.
    """
    steps = _Steps(time)
    first = steps.nearest(steps.n_rows - ceil(share * steps.n_rows))
    last = steps.rows(first, steps.n_steps)
    return _apart(group, steps.rows(0, steps.before(first, gap)), last), last


def _apart(group: Groups, rows: Rows, later: Rows) -> Rows:
    """Those rows whose group is not among the later ones; all of them without groups."""
    return rows if group is None else rows[~np.isin(group[rows], group[later])]


class _Steps:
    """The distinct times in order, and the rows of each."""

    def __init__(self, time: Times) -> None:
        self._times, self._step, counts = np.unique(time, return_inverse=True, return_counts=True)
        self._ends = np.concatenate([[0], np.cumsum(counts)])
        self.n_rows, self.n_steps = len(time), len(counts)

    def nearest(self, n_before: int) -> int:
        """The number of the time before which there are about so many rows."""
        return int(np.abs(self._ends - n_before).argmin())

    def before(self, first: int, gap: int | str) -> int:
        """How many times there are before this one and the gap in front of it."""
        if not isinstance(gap, str):
            return max(first - gap, 0)
        if first == self.n_steps:
            return first
        begin = self._times[first] - microseconds_of(gap)
        return int(np.searchsorted(self._times[:first], begin))

    def rows(self, first: int, end: int) -> Rows:
        """The rows of the times from the first one on, without the end, ascending."""
        return np.flatnonzero((self._step >= first) & (self._step < end))


def _why_empty(part: str, steps: _Steps, group: Groups, validation: Validation) -> str:
    size = f"{steps.n_rows} rows at {steps.n_steps} different times leave none for the {part} part"
    if group is not None:
        return f"{size} whose group does not come back later: name a group or a time, not both"
    if validation.gap:
        return f"{size} with a gap of {validation.gap}: make validation.gap smaller, or add rows"
    return f"{size}: add rows, or leave time out"
