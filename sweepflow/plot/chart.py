"""A chart of the report page: what draws it, and what the page says around it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeVar

import plotly.graph_objects as go

from sweepflow.analysis.importance import Importances, importances
from sweepflow.archive.sweep import Sweep

_MARK = "__sweepflow_chart__"
F = TypeVar("F", bound=Callable[..., go.Figure])

Layout = Literal["plain", "wide", "grid"]
"""Wide: it scrolls where the window is too narrow. Grid: it is repeated with each parameter on the x axis."""


@dataclass(frozen=True)
class Findings:
    """A sweep, with what takes long to work out of it and several parts of the page need."""

    sweep: Sweep

    @cached_property
    def importances(self) -> Importances | None:
        """How much each parameter mattered; None if that cannot be told."""
        return importances(self.sweep)


@dataclass(frozen=True)
class Chart:
    """A section of the report page with a chart in it."""

    draw: Callable[..., go.Figure]
    """The public function; gives the figure of a sweep."""
    label: str
    """What the page's navigation calls it."""
    heading: str
    """`{metric}` stands for the name of the primary metric."""
    note: str | Callable[[Findings], str]
    """What the page says of it; nothing if empty."""
    on_page: Callable[[Findings], go.Figure] | None
    """Gives the page's figure, where that is not the one that `draw` gives for the sweep alone."""
    menus: Mapping[str, str]
    """The axes for which the reader chooses a column, with the labels of their menus."""
    layout: Layout

    @property
    def name(self) -> str:
        """What the function is called in `sweepflow.plot`."""
        return self.draw.__name__

    @property
    def section(self) -> str:
        """The ID of its section of the page."""
        return self.name.replace("_", "-")

    def figure(self, findings: Findings) -> go.Figure:
        """The figure that the page shows."""
        return self.on_page(findings) if self.on_page else self.draw(findings.sweep)

    def heading_of(self, sweep: Sweep) -> str:
        """The heading on the page of this sweep."""
        return self.heading.replace("{metric}", sweep.spec.objective.primary_metric)

    def note_of(self, findings: Findings) -> str:
        """What the page of this sweep says of it; nothing if empty."""
        return self.note if isinstance(self.note, str) else self.note(findings)


def chart(
    label: str,
    heading: str,
    note: str | Callable[[Findings], str] = "",
    *,
    on_page: Callable[[Findings], go.Figure] | None = None,
    menus: Mapping[str, str] | None = None,
    layout: Layout = "plain",
) -> Callable[[F], F]:
    """Mark a function that draws a sweep as a chart of the report page, with the words of a `Chart`."""

    def mark(draw: F) -> F:
        setattr(draw, _MARK, Chart(draw, label, heading, note, on_page, menus or {}, layout))
        return draw

    return mark


def charts_of(functions: Iterable[Callable[..., go.Figure]]) -> tuple[Chart, ...]:
    """The charts that functions are marked as."""
    return tuple(getattr(function, _MARK) for function in functions)
