"""The charts of the trials over two or three columns, in 2D and 3D."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from sweepflow.archive.sweep import Sweep
from sweepflow.errors import SweepflowError
from sweepflow.fields.nearest import suggestion
from sweepflow.plot.chart import chart
from sweepflow.plot.columns import Column, fact_columns, parameter_columns
from sweepflow.plot.style import BEST_COLOR, empty, quality, valued, values_of
from sweepflow.plot.text import trial_text
from sweepflow.trials.rows import RankedRow
from sweepflow.trials.state import TrialState

_CAMERA = {"eye": {"x": 1.5, "y": 1.6, "z": 0.7}, "center": {"x": 0, "y": 0, "z": -0.12}}
_RING: dict[str, Any] = {
    "mode": "markers",
    "marker": {"symbol": "circle-open", "size": 17, "color": BEST_COLOR, "line": {"width": 2.5}},
    "hoverinfo": "skip",
}
_NOTHING = "No trial has a value yet."


@chart(
    "Scatter",
    "Scatter",
    "Crosses are trials that were stopped early, the ring is the best one. Categories are spread a little, "
    "so that each trial can be seen.",
    menus={"x": "across", "y": "up"},
    draws_each=True,
)
def scatter(sweep: Sweep, x: str | None = None, y: str | None = None) -> go.Figure:
    """The trials at two of their parameters, metrics or facts, coloured by the primary metric.

    By default the first two parameters that differ. Raises SweepflowError for a name that no trial has.
    """
    rows, columns = plottable(sweep)
    if not rows:
        return empty(_NOTHING)
    across, up = _chosen(columns, [x, y])
    style = _markers(sweep, rows, {TrialState.TERMINATED: "x"}, size=9)
    figure = go.Figure(go.Scatter(x=across.spread, y=up.spread, **style))
    if sweep.best:
        figure.add_trace(go.Scatter(x=across.spread[-1:], y=up.spread[-1:], **_RING))
    figure.update_layout(xaxis=across.axis, yaxis=up.axis, hovermode="closest", showlegend=False)
    return figure


@chart("In space", "Scatter in space", menus={"x": "x", "y": "y", "z": "z"}, draws_each=True)
def scatter_3d(sweep: Sweep, x: str | None = None, y: str | None = None, z: str | None = None) -> go.Figure:
    """The trials at three of their parameters, metrics or facts, coloured by the primary metric.

    By default the first two parameters that differ, and the metric.
    """
    rows, columns = plottable(sweep)
    if not rows:
        return empty(_NOTHING)
    across, deep, up = _chosen(columns, [x, y, z or sweep.spec.objective.primary_metric])
    points = {"x": across.spread, "y": deep.spread, "z": up.spread}
    # In 3D, plotly draws a cross as a character that many fonts lack.
    style = _markers(sweep, rows, {TrialState.TERMINATED: "circle-open"}, size=4)
    figure = go.Figure(go.Scatter3d(**points, **style))
    axes = {
        f"{name}axis": column.axis_in_space for name, column in zip("xyz", (across, deep, up), strict=True)
    }
    figure.update_layout(
        scene={**axes, "aspectmode": "cube", "camera": _CAMERA},
        showlegend=False,
        height=560,
        margin={"l": 0, "r": 0, "t": 10, "b": 10},
    )
    return figure


def plottable(sweep: Sweep) -> tuple[list[RankedRow], list[Column]]:
    """The trials that have a value, the best one last, so that it is drawn on top; and their columns."""
    best = sweep.best.number if sweep.best else None
    worst_first = valued(sweep)[::-1]
    rows = sorted(worst_first, key=lambda row: row.number == best)
    return rows, [*parameter_columns(sweep, rows), *fact_columns(sweep, rows)]


def _chosen(columns: Sequence[Column], names: Sequence[str | None]) -> list[Column]:
    known = {column.name: column for column in columns}
    for name in names:
        if name is not None and name not in known:
            raise SweepflowError(f"no trial has '{name}'; {suggestion(name, known)}")
    free = [column for column in columns if column.name not in names]
    free.sort(key=lambda column: column.is_constant)
    return [known[name] if name is not None else free.pop(0) for name in names]


def _markers(
    sweep: Sweep, rows: Sequence[RankedRow], symbols: Mapping[TrialState, str], size: int
) -> dict[str, Any]:
    return {
        "mode": "markers",
        "marker": {
            "size": size,
            "symbol": [symbols.get(row.state, "circle") for row in rows],
            "opacity": 0.85,
        }
        | quality(sweep, values_of(rows)),
        "hovertext": [trial_text(row, sweep.spec.objective) for row in rows],
        "hoverinfo": "text",
    }
