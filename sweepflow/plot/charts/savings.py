"""The chart of the intervals after which early termination stopped trials."""

from collections import Counter

import plotly.graph_objects as go

from sweepflow.analysis.savings import savings as estimate_savings
from sweepflow.archive.sweep import Sweep
from sweepflow.base.printable import duration
from sweepflow.plot.chart import chart
from sweepflow.plot.style import STATE_COLORS, empty, whole_axis
from sweepflow.plot.text import percent
from sweepflow.trials.state import TrialState


def saved(sweep: Sweep) -> str:
    """What early termination saved, in one or two sentences."""
    policy = sweep.spec.early_termination
    if policy is None:
        return "The sweep had no early termination policy."
    saving = estimate_savings(sweep)
    if saving is None:
        return f"The policy was {policy.type}."
    n, total = len(saving.stopped), saving.intervals_trained + saving.intervals_saved
    return (
        f"{policy.type} stopped {n} {'trial' if n == 1 else 'trials'}, which trained "
        f"{saving.intervals_trained:,} intervals. Had each gone on for as long as the longest completed "
        f"trial ({saving.longest} intervals), they would have trained {total:,}: at most "
        f"{saving.intervals_saved:,} intervals ({percent(saving.share)}) were saved, and about "
        f"{duration(saving.seconds_saved, has_tenths=True)} of training at each trial's own pace."
    )


@chart("Early termination", "Early termination", lambda analysed: saved(analysed.sweep))
def savings(sweep: Sweep) -> go.Figure:
    """How many trials were stopped after each interval, up to the most that a completed one trained."""
    saving = estimate_savings(sweep)
    if saving is None:
        return empty("No trial was stopped early, or none completed to compare with.")
    counts = Counter(row.intervals for row in saving.stopped)
    intervals = list(range(1, max(saving.longest, *counts) + 1))
    figure = go.Figure(
        go.Bar(
            x=intervals,
            y=[counts[interval] for interval in intervals],
            marker={"color": STATE_COLORS[TrialState.TERMINATED]},
            hovertemplate="%{y} stopped after interval %{x}<extra></extra>",
        )
    )
    figure.update_layout(
        xaxis=whole_axis("stopped after interval", intervals[-1]) | {"range": [0.4, intervals[-1] + 0.6]},
        yaxis=whole_axis("trials", max(counts.values())),
        bargap=0.2,
    )
    return figure
