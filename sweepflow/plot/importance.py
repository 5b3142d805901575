"""Which parameters mattered."""

import plotly.graph_objects as go

from sweepflow.archive import Sweep
from sweepflow.importance import FEWEST_TRIALS, Importances, importances
from sweepflow.plot.style import BAR_COLOR, empty
from sweepflow.plot.text import plain

_NOTHING = f"It takes {FEWEST_TRIALS} trials with different values, and a parameter that differs."


def importance(sweep: Sweep, found: Importances | None = None) -> go.Figure:
    """The share of each parameter; see `sweepflow.importance` for what it means, which may be given."""
    found = found or importances(sweep)
    if found is None:
        return empty(_NOTHING)
    names, shares = list(found.shares), list(found.shares.values())
    bars = go.Bar(
        x=shares,
        y=list(range(len(names))),
        orientation="h",
        marker={"color": BAR_COLOR},
        text=[f"{share:.0%}" for share in shares],
        textposition="outside",
        cliponaxis=False,
        hoverinfo="skip",
    )
    figure = go.Figure(bars)
    figure.update_layout(
        xaxis={"title": {"text": "importance"}, "tickformat": ".0%", "range": [0, 1.1 * max(*shares, 0.1)]},
        yaxis={
            "tickmode": "array",
            "tickvals": list(range(len(names))),
            "ticktext": [f"{plain(name)} " for name in names],
            "autorange": "reversed",
            "automargin": True,
        },
        height=110 + 30 * max(3, len(names)),
        bargap=0.35,
    )
    return figure
