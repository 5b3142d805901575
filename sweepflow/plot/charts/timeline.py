"""The chart of when each trial ran, and on which slot."""

import heapq
from datetime import datetime
from typing import NamedTuple

import plotly.graph_objects as go

from sweepflow.archive.sweep import Sweep
from sweepflow.plot.chart import AnalysedSweep, chart
from sweepflow.plot.style import STATE_COLORS, empty
from sweepflow.plot.text import percent, trial_text
from sweepflow.trials.rows import RankedRow
from sweepflow.trials.state import TrialState


def _note(analysed: AnalysedSweep) -> str:
    sweep, spans = analysed.sweep, spans_of(analysed.sweep)
    if not spans:
        return ""
    slots, seconds = n_slots(sweep, spans), min(_seconds(spans), sweep.seconds)
    share = min(1.0, _busy_seconds(spans) / max(slots * seconds, 1e-9))
    return (
        f"From the start of the first trial to the end of the last, {slots} slots were busy for "
        f"{percent(share)} of the time. The record does not tell a trial's slot: each is drawn on the first "
        "one that was free."
    )


@chart("Timeline", "Timeline", _note)
def timeline(sweep: Sweep) -> go.Figure:
    """A bar for each trial, from its start to its end, on the first slot that was free."""
    spans = spans_of(sweep)
    if not spans:
        return empty("No trial has been started yet.")
    slots = slots_of(spans)
    figure = go.Figure(
        [
            _bars(sweep, spans, slots, state)
            for state in STATE_COLORS
            if any(span.row.state is state for span in spans)
        ]
    )
    most = max(slots) + 1
    figure.update_layout(
        xaxis={"title": {"text": "seconds since the start"}},
        yaxis={"title": {"text": "slot"}, "tickmode": "array", "tickvals": list(range(1, most + 1))},
        barmode="overlay",
        bargap=0.15,
        height=150 + min(40 * most, 600),
        hovermode="closest",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
    return figure


class Span(NamedTuple):
    """When a trial ran; the end of a running trial is the last time in the record."""

    row: RankedRow
    started: datetime
    ended: datetime


def spans_of(sweep: Sweep) -> list[Span]:
    """The trials that have been started, in the order of their starts."""
    now = _last_time(sweep)
    spans = [Span(row, row.started, row.ended or now) for row in sweep.rows if row.started]
    return sorted(spans, key=lambda span: span.started)


def n_slots(sweep: Sweep, spans: list[Span]) -> int:
    """How many trials could run at once: the spec's limit, or how many did run at once if that is more."""
    n_used = max(slots_of(spans)) + 1
    return max(n_used, sweep.spec.limits.max_concurrent_trials or n_used)


def _seconds(spans: list[Span]) -> float:
    return (max(span.ended for span in spans) - spans[0].started).total_seconds()


def _busy_seconds(spans: list[Span]) -> float:
    return sum((span.ended - span.started).total_seconds() for span in spans)


def _last_time(sweep: Sweep) -> datetime:
    """The last time in the record."""
    times = [time for row in sweep.rows for time in (row.started, row.ended) if time]
    times += [report.time for report in sweep.reports[-1:]]
    return sweep.ended or max([sweep.started, *times])


def slots_of(spans: list[Span]) -> list[int]:
    """A slot for each trial, by their starts; the record has none, so it is the lowest free one."""
    free: list[int] = []
    busy: list[tuple[datetime, int]] = []
    slots: list[int] = []
    for span in spans:
        while busy and busy[0][0] <= span.started:
            heapq.heappush(free, heapq.heappop(busy)[1])
        slot = heapq.heappop(free) if free else len(busy)
        heapq.heappush(busy, (span.ended, slot))
        slots.append(slot)
    return slots


def _bars(sweep: Sweep, spans: list[Span], slots: list[int], state: TrialState) -> go.Bar:
    bars = [(span, slot) for span, slot in zip(spans, slots, strict=True) if span.row.state is state]
    return go.Bar(
        base=[(span.started - sweep.started).total_seconds() for span, _ in bars],
        x=[(span.ended - span.started).total_seconds() for span, _ in bars],
        y=[slot + 1 for _, slot in bars],
        orientation="h",
        name=state.words,
        marker={"color": STATE_COLORS[state], "line": {"width": 0.5, "color": "rgba(127,127,127,0.5)"}},
        hovertext=[trial_text(span.row, sweep.spec.objective) for span, _ in bars],
        hoverinfo="text",
    )
