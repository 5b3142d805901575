"""The chart of the primary metric per interval."""

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from sweepflow.archive.sweep import Sweep
from sweepflow.plot.chart import chart
from sweepflow.plot.style import BEST_COLOR, STATE_COLORS, best_number, empty, metric_axis, whole_axis
from sweepflow.trials.state import TrialState

Curve = list[tuple[float, float]]

_MOST_SVG_POINTS = 300_000
_MOST_MARKERS = 3_000
_MANY = 200
_HOVER = "trial %{customdata}, interval %{x}: %{y:.6g}<extra></extra>"


@chart(
    "Curves",
    "{metric} per interval",
    "A line for each trial; a cross marks where the early termination policy stopped it. Click a name in the "
    "legend to hide those trials.",
    draws_each=True,
)
def learning_curves(sweep: Sweep) -> go.Figure:
    """The metric per interval, a line for each trial; a cross marks where the policy stopped it."""
    curves = curves_of(sweep)
    if not curves:
        return empty("No trial has reported the primary metric yet.")
    values = [value for curve in curves.values() for _, value in curve]
    figure = go.Figure(list(_traces(sweep, curves)))
    figure.update_layout(
        xaxis=whole_axis("interval", max(map(len, curves.values()))),
        yaxis=metric_axis(sweep, values),
        hovermode="closest",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
    if len(values) > _MOST_MARKERS:
        _fix_margins(figure)
    return figure


def curves_of(sweep: Sweep, numbers: Container[int] | None = None) -> dict[int, Curve]:
    """What each trial, or each of these, reported, by its number."""
    curves: dict[int, Curve] = defaultdict(list)
    for report in sweep.reports:
        is_wanted = numbers is None or report.number in numbers
        if is_wanted and report.name == sweep.spec.objective.primary_metric and report.value is not None:
            curves[report.number].append((report.interval, report.value))
    return curves


def _traces(sweep: Sweep, curves: Mapping[int, Curve]) -> Iterator[Any]:
    n_points = sum(map(len, curves.values()))
    trace = go.Scatter if n_points <= _MOST_SVG_POINTS else go.Scattergl
    has_lines = any(len(curve) > 1 for curve in curves.values())
    mode = "markers" if not has_lines else "lines+markers" if n_points <= _MOST_MARKERS else "lines"
    width = 1.2 if len(curves) < _MANY else 0.6
    states = {row.number: row.state for row in sweep.rows}
    for state, color in STATE_COLORS.items():
        curves_in_state = {number: curve for number, curve in curves.items() if states[number] == state}
        style: dict[str, Any] = {"name": state.words, "legendgroup": state.value, "mode": mode}
        if curves_in_state:
            yield trace(
                **_lines(curves_in_state),
                **style,
                line={"color": color, "width": width},
                marker={"size": 4},
                opacity=0.55,
            )
    stopped = {n: curve[-1:] for n, curve in curves.items() if states[n] is TrialState.TERMINATED}
    if stopped:
        marker = {"symbol": "x", "size": 6, "color": STATE_COLORS[TrialState.TERMINATED]}
        yield trace(**_lines(stopped), mode="markers", marker=marker, name="stopped here")
    best = best_number(sweep)
    if best is not None and best in curves:
        line = {"color": BEST_COLOR, "width": 3}
        yield trace(**_lines({best: curves[best]}), mode=mode, line=line, name=f"best: trial {best}")


def _lines(curves: Mapping[int, Curve]) -> dict[str, Any]:
    """The curves as one trace with gaps between them, which is drawn much faster than a trace per curve."""
    gap = [(np.nan, np.nan)]
    points = np.array([point for curve in curves.values() for point in [*curve, *gap]])
    numbers = [number for number, curve in curves.items() for _ in range(len(curve) + 1)]
    return {
        "x": points[:, 0].astype(np.float32),
        "y": points[:, 1],
        "customdata": np.array(numbers),
        "hovertemplate": _HOVER,
        "connectgaps": False,
    }


def _fix_margins(figure: go.Figure) -> None:
    """Set margins that fit any label; to measure the labels, plotly would draw everything twice."""
    figure.update_layout(margin={"l": 90, "r": 20, "t": 40, "b": 50})
    figure.update_xaxes(automargin=False)
    figure.update_yaxes(automargin=False)
