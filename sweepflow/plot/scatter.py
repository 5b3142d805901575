"""The trials in the plane, or in space, of any of their parameters."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from sweepflow.archive import Sweep
from sweepflow.errors import SweepflowError
from sweepflow.leaderboard import Row
from sweepflow.plot.columns import Column, fact_columns, parameter_columns
from sweepflow.plot.style import BEST_COLOR, empty, quality, valued
from sweepflow.plot.text import trial_text
from sweepflow.unions import suggestion

_NOTHING = "No trial has a value yet."


def scatter(sweep: Sweep, x: str | None = None, y: str | None = None) -> go.Figure:
    """The trials at two of their parameters, metrics or facts, coloured by the primary metric.

    Without names: the first two parameters that differ. SweepflowError for a name that no trial has.
    """
    rows, columns = plottable(sweep)
    if not rows:
        return empty(_NOTHING)
    across, up = _chosen(columns, [x, y])
    figure = go.Figure(
        [
            go.Scatter(x=across.spread, y=up.spread, **_markers(sweep, rows, 9)),
            *(
                go.Scatter(x=across.spread[-1:], y=up.spread[-1:], **_ring("circle-open", 17))
                for _ in [sweep.best]
                if sweep.best
            ),
        ]
    )
    figure.update_layout(xaxis=across.axis, yaxis=up.axis, hovermode="closest", showlegend=False)
    return figure


def scatter_3d(sweep: Sweep, x: str | None = None, y: str | None = None, z: str | None = None) -> go.Figure:
    """The trials at three of their parameters, metrics or facts, coloured by the primary metric.

    Without names: the first two parameters that differ, and the metric.
    """
    rows, columns = plottable(sweep)
    if not rows:
        return empty(_NOTHING)
    across, deep, up = _chosen(columns, [x, y, z or sweep.spec.objective.primary_metric])
    points = {"x": across.spread, "y": deep.spread, "z": up.spread}
    figure = go.Figure(go.Scatter3d(**points, **_markers(sweep, rows, 4)))
    axes = {f"{name}axis": column.axis for name, column in zip("xyz", (across, deep, up), strict=True)}
    figure.update_layout(scene=axes, showlegend=False, margin={"l": 0, "r": 0, "t": 10, "b": 0})
    return figure


def plottable(sweep: Sweep) -> tuple[list[Row], list[Column]]:
    """The trials that have a value, the best last, so that it is on top; and what they have in common."""
    rows = valued(sweep)
    if sweep.best is None:
        return rows, [*parameter_columns(sweep, rows), *fact_columns(sweep, rows)]
    rows = rows[::-1]
    return rows, [*parameter_columns(sweep, rows), *fact_columns(sweep, rows)]


def _chosen(columns: Sequence[Column], names: Sequence[str | None]) -> list[Column]:
    known = {column.name: column for column in columns}
    for name in names:
        if name is not None and name not in known:
            raise SweepflowError(f"no trial has '{name}'; {suggestion(name, known)}")
    free = [column for column in columns if column.name not in names]
    free.sort(key=lambda column: column.is_constant)
    return [known[name] if name is not None else free.pop(0) for name in names]


def _markers(sweep: Sweep, rows: Sequence[Row], size: int) -> dict[str, Any]:
    symbols = ["x" if row["state"] == "terminated" else "circle" for row in rows]
    return {
        "mode": "markers",
        "marker": {"size": size, "symbol": symbols, "opacity": 0.85}
        | quality(sweep, [row["value"] for row in rows]),
        "hovertext": [trial_text(row, sweep.spec.objective) for row in rows],
        "hoverinfo": "text",
    }


def _ring(symbol: str, size: int) -> dict[str, Any]:
    marker = {"symbol": symbol, "size": size, "color": BEST_COLOR, "line": {"width": 2.5}}
    return {"mode": "markers", "marker": marker, "hoverinfo": "skip"}
