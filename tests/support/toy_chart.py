"""A chart from outside: a decorated function, and one more name in the list."""

import plotly.graph_objects as go
import pytest

from sweepflow import plot
from sweepflow.archive.sweep import Sweep
from sweepflow.plot.chart import chart, charts_of


@chart(
    "Lengths",
    "{metric} took so long",
    lambda findings: f"A bar for each of {len(findings.sweep.rows)} trials.",
)
def lengths(sweep: Sweep) -> go.Figure:
    """How many seconds each trial took."""
    return go.Figure(go.Bar(x=[row.number for row in sweep.rows], y=[row.seconds for row in sweep.rows]))


@pytest.fixture
def with_lengths(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add the chart to the list."""
    monkeypatch.setattr(plot, "CHARTS", (*plot.CHARTS, *charts_of([lengths])))
