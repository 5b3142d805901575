"""The chart of the trials in parallel coordinates."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from sweepflow.archive.sweep import Sweep
from sweepflow.plot.chart import AnalysedSweep, chart
from sweepflow.plot.columns import Column, metric_column, parameter_columns
from sweepflow.plot.style import empty, quality, valued, values_of
from sweepflow.plot.text import plain, shown
from sweepflow.plot.ticks import log_ticks, ticks

_ABSENT = "absent"
_GAP = 0.15
"""How far below an axis, as a share of its length, a trial without a value for it is drawn."""

_HOW_TO = (
    "A line for each trial. Drag an axis by its name to move it; drag along an axis to see only the trials "
    "that pass there, click it to see all again."
)


def _note(analysed: AnalysedSweep) -> str:
    n = sum(not row.has_value for row in analysed.sweep.rows)
    left_out = f" {n} failed or without a value {'is' if n == 1 else 'are'} left out." if n else ""
    return f"{_HOW_TO}{left_out}"


@chart("Parallel coordinates", "Parallel coordinates", _note, layout="wide", draws_each=True)
def parallel_coordinates(sweep: Sweep) -> go.Figure:
    """A line for each trial through an axis for each parameter, the metric last, in the colour of its metric.

    Axes can be dragged to another place; dragging along an axis selects the trials that pass there.
    """
    rows = valued(sweep)[::-1]
    if not rows:
        return empty("No trial has a value yet.")
    columns = [*parameter_columns(sweep, rows), metric_column(sweep, rows)]
    line = quality(sweep, values_of(rows))
    dimensions = [_dimension(column) for column in columns]
    figure = go.Figure(go.Parcoords(line=line, dimensions=dimensions))
    widest = max(len(text) for text in [*dimensions[0]["ticktext"], dimensions[0]["label"]])
    figure.update_layout(margin={"l": max(70, 20 + 6 * widest), "r": 40, "t": 70, "b": 30})
    return figure


def _dimension(column: Column) -> dict[str, Any]:
    positions = np.log10(column.positions) if column.is_log else column.positions
    known = positions[~np.isnan(positions)]
    low, high = float(known.min()), float(known.max())
    places, names = _ticks(column, low, high)
    if len(known) < len(positions):
        absent = low - _GAP * ((high - low) or 1.0)
        positions = np.where(np.isnan(positions), absent, positions)
        places, names, low = [absent, *places], [_ABSENT, *names], absent
    if high == low:
        low, high = low - 0.5, high + 0.5
    return {
        "label": plain(column.name),
        "values": positions,
        "range": [low, high],
        "tickvals": places,
        "ticktext": names,
    }


def _ticks(column: Column, low: float, high: float) -> tuple[list[float], list[str]]:
    if column.categories:
        return [float(place) for place in range(len(column.categories))], list(column.categories)
    if column.is_log:
        values = log_ticks(10**low, 10**high)
        return [float(np.log10(value)) for value in values], [shown(value) for value in values]
    values = ticks(low, high)
    return values, [f"{value:.10g}" for value in values]
