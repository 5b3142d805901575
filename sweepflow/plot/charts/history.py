"""The chart of the best value by trial."""

from itertools import accumulate

import plotly.graph_objects as go

from sweepflow.archive.sweep import Sweep
from sweepflow.plot.chart import chart
from sweepflow.plot.style import BEST_COLOR, STATE_COLORS, empty, metric_axis, valued, values_of, whole_axis
from sweepflow.plot.text import trial_text
from sweepflow.trials.rows import RankedRow
from sweepflow.trials.state import TrialState


@chart(
    "History",
    "Optimisation history",
    "The best value of each trial in the order they were asked for; the green line is the best so far of the "
    "trials that can win.",
    draws_each=True,
)
def history(sweep: Sweep) -> go.Figure:
    """The value of each trial by its number, and the best value so far."""
    rows = sorted(valued(sweep), key=lambda row: row.number)
    if not rows:
        return empty("No trial has a value yet.")
    figure = go.Figure([_points(sweep, rows, state) for state in STATE_COLORS if _in_state(rows, state)])
    ranked = [row for row in rows if row.ranked_value is not None]
    if ranked:
        figure.add_trace(_best_so_far(sweep, ranked))
    figure.update_layout(
        xaxis=whole_axis("trial", rows[-1].number),
        yaxis=metric_axis(sweep, values_of(rows)),
        hovermode="closest",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
    return figure


def _in_state(rows: list[RankedRow], state: TrialState) -> list[RankedRow]:
    return [row for row in rows if row.state is state]


def _points(sweep: Sweep, rows: list[RankedRow], state: TrialState) -> go.Scatter:
    rows_in_state = _in_state(rows, state)
    return go.Scatter(
        x=[row.number for row in rows_in_state],
        y=[row.value for row in rows_in_state],
        mode="markers",
        marker={"color": STATE_COLORS[state], "size": 6, "opacity": 0.75},
        name=state.words,
        hovertext=[trial_text(row, sweep.spec.objective) for row in rows_in_state],
        hoverinfo="text",
    )


def _best_so_far(sweep: Sweep, rows: list[RankedRow]) -> go.Scatter:
    objective = sweep.spec.trial_objective

    def better(best: RankedRow, row: RankedRow) -> RankedRow:
        return min(best, row, key=lambda row: objective.rank(row.value or 0.0, row.intervals, row.state))

    return go.Scatter(
        x=[row.number for row in rows],
        y=[best.value for best in accumulate(rows, better)],
        mode="lines",
        line={"color": BEST_COLOR, "width": 2.5, "shape": "hv"},
        name="best so far",
        hoverinfo="skip",  # it runs through the very points of trials, which have more to tell
    )
