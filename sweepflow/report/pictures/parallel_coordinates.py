"""The parallel coordinates of the trials as a static picture."""

import numpy as np

from sweepflow.archive.sweep import Sweep
from sweepflow.plot.columns import Column, metric_column, parameter_columns
from sweepflow.plot.style import BEST_COLOR, valued
from sweepflow.plot.text import shown
from sweepflow.report.pictures.svg import GRID, Picture, Point, place

_HEIGHT, _TOP, _BOTTOM = 360, 60, 310
_LEFT, _STEP, _MOST_WIDTH = 70, 150, 1600
_MOST_TRIALS = 200
_ABSENT = _BOTTOM + 30
_POOR, _GOOD = "#94a3b8", "#3b82f6"


def parallel_coordinates(sweep: Sweep) -> str:
    """SVG of the best 200 trials, with the metric last, the better half blue and the best trial on top."""
    rows = valued(sweep)[:_MOST_TRIALS]
    if not rows:
        picture = Picture(760, _HEIGHT)
        picture.text((380, _HEIGHT / 2), "No trial has a value yet.", "middle")
        return str(picture)
    columns = [*parameter_columns(sweep, rows), metric_column(sweep, rows)]
    step = min(_STEP, (_MOST_WIDTH - 2 * _LEFT) / max(1, len(columns) - 1))
    picture = Picture(round(2 * _LEFT + step * (len(columns) - 1)), _HEIGHT)
    places = [_draw_axis(picture, column, _LEFT + step * i) for i, column in enumerate(columns)]
    for rank in reversed(range(len(rows))):
        color = BEST_COLOR if rank == 0 else _GOOD if rank < len(rows) / 2 else _POOR
        is_best = rank == 0
        picture.line([axis[rank] for axis in places], color, 3 if is_best else 1, 1 if is_best else 0.5)
    return str(picture)


def _draw_axis(picture: Picture, column: Column, x: float) -> list[Point]:
    """Draw a column's axis at x; gives where each trial crosses it, below it if the trial has no value."""
    positions = np.log10(column.positions) if column.is_log else column.positions
    low, high = float(np.nanmin(positions)), float(np.nanmax(positions))
    picture.line([(x, _TOP), (x, _BOTTOM)], GRID, width=2)
    picture.text((x, 22), column.name, "middle", longest=22)
    for end, y in ((high, _TOP - 8), (low, _BOTTOM + 16)):
        picture.text((x, y), _label(column, end), "middle", longest=18)
    if np.isnan(positions).any():
        picture.text((x, _ABSENT + 14), "absent", "middle")
    return [(x, _ABSENT if np.isnan(y) else place(y, low, high, _BOTTOM, _TOP)) for y in positions]


def _label(column: Column, position: float) -> str:
    if column.categories:
        return column.categories[round(position)]
    return shown(float(f"{10**position if column.is_log else position:.4g}"))
