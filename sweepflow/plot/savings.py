"""Where early termination stopped trials."""

from collections import Counter

import plotly.graph_objects as go

from sweepflow.archive import Sweep
from sweepflow.plot.style import STATE_COLORS, empty, whole_axis
from sweepflow.savings import savings as savings_of


def savings(sweep: Sweep) -> go.Figure:
    """How many trials were stopped after each interval, up to the most that a completed one trained."""
    found = savings_of(sweep)
    if found is None:
        return empty("No trial was stopped early, or none completed to compare with.")
    counts = Counter(row.intervals for row in found.stopped)
    intervals = list(range(1, max(found.longest, *counts) + 1))
    figure = go.Figure(
        go.Bar(
            x=intervals,
            y=[counts[interval] for interval in intervals],
            marker={"color": STATE_COLORS["terminated"]},
            hovertemplate="%{y} stopped after interval %{x}<extra></extra>",
        )
    )
    figure.update_layout(
        xaxis=whole_axis("stopped after interval", intervals[-1]) | {"range": [0.4, intervals[-1] + 0.6]},
        yaxis=whole_axis("trials", max(counts.values())),
        bargap=0.2,
    )
    return figure
