"""The charts of the metric over each parameter."""

from collections.abc import Iterable, Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from sweepflow.archive.sweep import Sweep
from sweepflow.errors import SweepflowError
from sweepflow.fields.nearest import suggestion
from sweepflow.plot.chart import AnalysedSweep, chart
from sweepflow.plot.columns import Column, parameter_columns
from sweepflow.plot.style import BEST_COLOR, STATE_COLORS, empty, metric_axis, valued, values_of
from sweepflow.plot.text import trial_text
from sweepflow.trials.rows import RankedRow

_PER_LINE = 3
_HEIGHT = 320


def _on_page(analysed: AnalysedSweep) -> go.Figure:
    """The first slice alone; the page's script draws the other parameters from it."""
    differing = _differing(parameter_columns(analysed.sweep, valued(analysed.sweep)[::-1]))
    figure = slices(analysed.sweep, [column.name for column in differing[:1]])
    return figure.update_layout(height=None)  # the page's grid sets the height


@chart(
    "Slices",
    "{metric} over each parameter",
    "A point for each trial, in the colour of its state; the ring is the best one.",
    on_page=_on_page,
    layout="grid",
    draws_each=True,
)
def slices(sweep: Sweep, parameters: Sequence[str] | None = None) -> go.Figure:
    """A small scatter of the metric over each of these parameters, by default all that differ."""
    rows = valued(sweep)[::-1]
    known = {column.name: column for column in parameter_columns(sweep, rows)}
    for name in parameters or ():
        if name not in known:
            raise SweepflowError(f"no trial has a parameter '{name}'; {suggestion(name, known)}")
    chosen = [known[name] for name in parameters or ()]
    chosen = chosen or _differing(known.values())
    if not chosen:
        return empty("No trial has a value yet." if not rows else "No parameter differs between trials.")
    return _figure(sweep, rows, chosen)


def _differing(columns: Iterable[Column]) -> list[Column]:
    return [column for column in columns if not column.is_constant]


def _figure(sweep: Sweep, rows: list[RankedRow], columns: list[Column]) -> go.Figure:
    across = min(_PER_LINE, len(columns))
    down = -(-len(columns) // across)
    figure = make_subplots(rows=down, cols=across, shared_yaxes=True, vertical_spacing=0.28 / down)
    axis = metric_axis(sweep, values_of(rows))
    for index, column in enumerate(columns):
        place = {"row": index // across + 1, "col": index % across + 1}
        figure.add_trace(_points(sweep, rows, column), **place)
        if sweep.best:
            figure.add_trace(_best(rows, column), **place)
        figure.update_xaxes(column.axis, **place)
        figure.update_yaxes({k: v for k, v in axis.items() if k == "range" or place["col"] == 1}, **place)
    figure.update_layout(showlegend=False, hovermode="closest", height=_HEIGHT * down)
    return figure


def _points(sweep: Sweep, rows: list[RankedRow], column: Column) -> go.Scatter:
    return go.Scatter(
        x=column.spread,
        y=values_of(rows),
        mode="markers",
        marker={"size": 6, "opacity": 0.6, "color": [STATE_COLORS[row.state] for row in rows]},
        hovertext=[trial_text(row, sweep.spec.objective) for row in rows],
        hoverinfo="text",
    )


def _best(rows: list[RankedRow], column: Column) -> go.Scatter:
    return go.Scatter(
        x=column.spread[-1:],
        y=[rows[-1].value],
        mode="markers",
        marker={"symbol": "circle-open", "size": 13, "color": BEST_COLOR, "line": {"width": 2.5}},
        hoverinfo="skip",
    )
