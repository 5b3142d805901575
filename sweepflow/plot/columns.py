"""The columns that a figure can have on an axis: parameters, metrics and times, as numbers."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sweepflow.archive.sweep import Sweep
from sweepflow.plot.text import labels, plain, unmarked
from sweepflow.space.drawn import Parameter, parameters_of
from sweepflow.trials.parameters import value_key
from sweepflow.trials.rows import RankedRow

Positions = NDArray[np.float64]

_DECADES = 30
"""A log axis whose ends are that many times apart has enough labels with powers of ten alone."""

_GOLDEN = 0.618034
_SPREAD = 0.3
"""How widely the trials of one category are spread, so that each one can be seen."""


class Column(NamedTuple):
    """One value of each trial."""

    name: str
    positions: Positions
    """The position of each trial; NaN where it has no value."""
    categories: tuple[str, ...] = ()
    """The labels of the positions 0, 1, ..., not escaped; empty for an axis of numbers."""
    is_log: bool = False

    @property
    def axis(self) -> dict[str, Any]:
        """The axis of a 2D figure."""
        return self._axis(plain)

    @property
    def axis_in_space(self) -> dict[str, Any]:
        """The axis of a 3D figure."""
        return self._axis(unmarked)

    def _axis(self, safe: Callable[[str], str]) -> dict[str, Any]:
        axis: dict[str, Any] = {"title": {"text": safe(self.name)}, "exponentformat": "power"}
        axis["type"] = "log" if self.is_log else "linear"
        if self.is_log and np.nanmax(self.positions) >= _DECADES * np.nanmin(self.positions):
            axis["dtick"] = 1
        if self.categories:
            ticks = list(range(len(self.categories)))
            axis |= {"tickmode": "array", "tickvals": ticks, "ticktext": list(map(safe, self.categories))}
            axis |= {"range": [-0.6, len(ticks) - 0.4], "zeroline": False}
        return axis

    @property
    def spread(self) -> Positions:
        """The positions; the trials of one category lie side by side."""
        if not self.categories:
            return self.positions
        return self.positions + (np.arange(len(self.positions)) * _GOLDEN % 1 - 0.5) * _SPREAD

    @property
    def is_constant(self) -> bool:
        """Whether all trials that have a value have the same value."""
        return len(np.unique(self.positions[~np.isnan(self.positions)])) < 2


def parameter_columns(sweep: Sweep, rows: Sequence[RankedRow]) -> list[Column]:
    """A column for each parameter that one of these trials has."""
    parameters = parameters_of(sweep.spec.search_space, rows)
    return [_column(parameter, rows) for parameter in parameters if parameter.drawn]


def metric_column(sweep: Sweep, rows: Sequence[RankedRow]) -> Column:
    """The column of the trials' values."""
    return _numbers(sweep.spec.objective.primary_metric, [row.value for row in rows])


def fact_columns(sweep: Sweep, rows: Sequence[RankedRow]) -> list[Column]:
    """The columns that are not parameters: metrics, training seconds and trial number."""
    primary = sweep.spec.objective.primary_metric
    names = dict.fromkeys(name for row in rows for name in row.metrics if name != primary)
    return [
        metric_column(sweep, rows),
        *(_numbers(name, [row.metrics.get(name) for row in rows]) for name in names),
        _numbers("training seconds", [row.seconds for row in rows]),
        _numbers("trial number", [row.number for row in rows]),
    ]


def _numbers(name: str, values: Sequence[float | None]) -> Column:
    return Column(name, _array(values))


def _column(parameter: Parameter, rows: Sequence[RankedRow]) -> Column:
    numbers = [row.number for row in rows]
    if not parameter.is_category:
        values = [parameter.drawn.get(number) for number in numbers]
        return Column(parameter.name, _array(values), is_log=parameter.is_log)
    drawn = {value_key(value) for value in parameter.drawn.values()}
    options = [option for option in parameter.options if value_key(option) in drawn]
    places = {value_key(option): place for place, option in enumerate(options)}
    positions = [places.get(value_key(parameter.drawn.get(number, ...))) for number in numbers]
    return Column(parameter.name, _array(positions), tuple(labels(options)))


def _array(values: Sequence[Any]) -> Positions:
    return np.array([np.nan if value is None else value for value in values], dtype=float)
