"""When each trial ran, and on which slot."""

import heapq
from datetime import datetime

import plotly.graph_objects as go

from sweepflow.archive import Sweep
from sweepflow.leaderboard import Row
from sweepflow.plot.style import STATE_COLORS, empty
from sweepflow.plot.text import trial_text


def timeline(sweep: Sweep) -> go.Figure:
    """A bar a trial, from its start to its end, on the first slot that was free."""
    rows = sorted((row for row in sweep.rows if row["started"]), key=lambda row: row["started"])
    if not rows:
        return empty("No trial has been started yet.")
    now = moment(sweep)
    slots = slots_of(rows, now)
    figure = go.Figure(
        [
            _bars(sweep, rows, slots, state, now)
            for state in STATE_COLORS
            if any(r["state"] == state for r in rows)
        ]
    )
    n_slots = max(slots) + 1
    figure.update_layout(
        xaxis={"title": {"text": "seconds since the start"}},
        yaxis={"title": {"text": "slot"}, "tickmode": "array", "tickvals": list(range(1, n_slots + 1))},
        barmode="overlay",
        bargap=0.15,
        height=150 + min(40 * n_slots, 600),
        hovermode="closest",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
    return figure


def moment(sweep: Sweep) -> datetime:
    """The last moment that the record knows of."""
    times = [row[field] for row in sweep.rows for field in ("started", "ended") if row[field]]
    times += [report["time"] for report in sweep.reports[-1:]]
    return sweep.ended or max([sweep.started, *times])


def slots_of(rows: list[Row], now: datetime) -> list[int]:
    """The slot of each trial, given in the order of their starts; the record does not tell, so the lowest."""
    free: list[int] = []
    busy: list[tuple[datetime, int]] = []
    slots: list[int] = []
    for row in rows:
        while busy and busy[0][0] <= row["started"]:
            heapq.heappush(free, heapq.heappop(busy)[1])
        slot = heapq.heappop(free) if free else len(busy)
        heapq.heappush(busy, (row["ended"] or now, slot))
        slots.append(slot)
    return slots


def _bars(sweep: Sweep, rows: list[Row], slots: list[int], state: str, now: datetime) -> go.Bar:
    mine = [(row, slot) for row, slot in zip(rows, slots, strict=True) if row["state"] == state]
    return go.Bar(
        base=[(row["started"] - sweep.started).total_seconds() for row, _ in mine],
        x=[((row["ended"] or now) - row["started"]).total_seconds() for row, _ in mine],
        y=[slot + 1 for _, slot in mine],
        orientation="h",
        name=state.replace("_", " "),
        marker={"color": STATE_COLORS[state], "line": {"width": 0.5, "color": "rgba(127,127,127,0.5)"}},
        hovertext=[trial_text(row, sweep.spec.objective) for row, _ in mine],
        hoverinfo="text",
    )
