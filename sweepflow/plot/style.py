"""What all figures share: colours that suit a light and a dark page, and the axis of the metric."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from sweepflow.archive.sweep import Sweep
from sweepflow.plot.text import plain
from sweepflow.trials.rows import RankedRow
from sweepflow.trials.state import TrialState

STATE_COLORS = {
    TrialState.COMPLETED: "#3b82f6",
    TrialState.TERMINATED: "#f59e0b",
    TrialState.FAILED: "#ef4444",
    TrialState.TIMED_OUT: "#a855f7",
    TrialState.CANCELED: "#94a3b8",
    TrialState.RUNNING: "#14b8a6",
    TrialState.QUEUED: "#94a3b8",
}
BEST_COLOR = "#10b981"
BAR_COLOR = "#3b82f6"
_QUALITY = [[0.0, "#a3b0c4"], [0.4, "#5aa3cf"], [0.7, "#2aa58a"], [0.88, "#e3a41f"], [1.0, "#e5532d"]]
"""Colours from bad to good; good trials stand out."""

_FEW = 8
_BULK = 0.9
_FAR = 5.0
"""The worst tenth is left outside an axis if it would make the axis that many times as long."""


def empty(reason: str) -> go.Figure:
    """A figure that says why there is nothing to draw; the reason must not contain a user's text."""
    place = {"x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper", "showarrow": False}
    blank = {"visible": False}
    return go.Figure(layout={"annotations": [{"text": reason, **place}], "xaxis": blank, "yaxis": blank})


def valued(sweep: Sweep) -> list[RankedRow]:
    """The trials that have a value, ended or not, in rank order; failed trials do not count."""
    return [row for row in sweep.rows if row.has_value]


def values_of(rows: Sequence[RankedRow]) -> list[float]:
    """The values of trials that have one."""
    return [row.value for row in rows if row.value is not None]


def best_number(sweep: Sweep) -> int | None:
    """The number of the best trial, if there is one."""
    return sweep.best.number if sweep.best else None


def metric_name(sweep: Sweep) -> str:
    """The primary metric's name as text."""
    return plain(sweep.spec.objective.primary_metric)


def whole_axis(title: str, most: int) -> dict[str, Any]:
    """An axis of whole numbers up to `most`."""
    axis: dict[str, Any] = {"title": {"text": title}, "tickformat": "d"}
    return axis if most > _FEW else {**axis, "dtick": 1}


def metric_axis(sweep: Sweep, values: list[float]) -> dict[str, Any]:
    """An axis of the primary metric; diverged trials do not squeeze the others together."""
    return {"title": {"text": metric_name(sweep)}, **_range(sweep, values)}


def quality(sweep: Sweep, values: list[float]) -> dict[str, Any]:
    """Settings of a marker or a line that colour trials by the primary metric, with a colour bar."""
    objective = sweep.spec.objective
    best, bulk = objective.best(values), _bulk(sweep, values)
    low, high = min(best, bulk), max(best, bulk)
    return {
        "color": np.array(values),
        "colorscale": _QUALITY,
        "reversescale": objective.goal == "minimize",
        "cmin": low,
        "cmax": high if high > low else low + 1,
        "colorbar": {"title": {"text": metric_name(sweep), "side": "right"}, "thickness": 12},
    }


def metric_range(sweep: Sweep, values: list[float]) -> tuple[float, float]:
    """The range of at least one value, without far outliers on the bad side."""
    best, bulk = sweep.spec.objective.best(values), _bulk(sweep, values)
    worst = max(values) if sweep.spec.objective.goal == "minimize" else min(values)
    if best == bulk or abs(worst - best) <= _FAR * abs(bulk - best):
        return min(values), max(values)
    margin = 0.08 * (bulk - best)
    return min(best - margin, bulk + margin), max(best - margin, bulk + margin)


def _range(sweep: Sweep, values: list[float]) -> dict[str, Any]:
    """The range of the axis if outliers lie outside it; empty if plotly is to choose."""
    if not values:
        return {}
    low, high = metric_range(sweep, values)
    return {} if (low, high) == (min(values), max(values)) else {"range": [low, high]}


def _bulk(sweep: Sweep, values: list[float]) -> float:
    """The value that nine tenths of the values are at least as good as."""
    ordered = sweep.spec.objective.ranked(values)
    return ordered[min(len(ordered) - 1, int(_BULK * len(ordered)))]
