"""A chart of the report page: the function that draws it, and the page's texts about it."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeVar

import plotly.graph_objects as go

from sweepflow.analysis.forest import Importances
from sweepflow.analysis.importance import importances
from sweepflow.archive.sweep import Sweep

_MARK = "__sweepflow_chart__"
F = TypeVar("F", bound=Callable[..., go.Figure])

Layout = Literal["plain", "wide", "grid"]
"""wide: it scrolls if the window is too narrow. grid: it is repeated with each parameter on the x axis."""


@dataclass(frozen=True)
class AnalysedSweep:
    """A sweep, with results that take long to compute and that several parts of the page need."""

    sweep: Sweep
    begun: "Future[Importances | None] | None" = None
    """Its importances, if something computes them already."""

    @cached_property
    def importances(self) -> Importances | None:
        """How much each parameter mattered; None if there are too few trials to say, or if that failed."""
        if self.begun is None:
            return importances(self.sweep)
        return None if self.importances_failure else self.begun.result()

    @property
    def importances_failure(self) -> BaseException | None:
        """Why they could not be computed beside the sweep; None if they could."""
        return self.begun.exception() if self.begun else None


@dataclass(frozen=True)
class Chart:
    """A section of the report page with a chart in it."""

    draw: Callable[..., go.Figure]
    """The public function; gives the figure of a sweep."""
    label: str
    """Its name in the page's navigation."""
    heading: str
    """The heading, in which `{metric}` stands for the name of the primary metric."""
    note: str | Callable[[AnalysedSweep], str]
    """The text below the heading; none if empty."""
    on_page: Callable[[AnalysedSweep], go.Figure] | None
    """Gives the page's figure, if that differs from the one that `draw` gives for the sweep alone."""
    menus: Mapping[str, str]
    """The axes for which the reader can choose a column, with the labels of their menus."""
    layout: Layout
    draws_each: bool
    """Whether it draws each trial by itself: then the page of a very large sweep leaves some out."""

    @property
    def name(self) -> str:
        """The function's name in `sweepflow.plot`."""
        return self.draw.__name__

    @property
    def section(self) -> str:
        """The ID of its section of the page."""
        return self.name.replace("_", "-")

    def figure(self, analysed: AnalysedSweep) -> go.Figure:
        """The figure on the page."""
        return self.on_page(analysed) if self.on_page else self.draw(analysed.sweep)

    def heading_of(self, sweep: Sweep) -> str:
        """The heading on the page of this sweep."""
        return self.heading.replace("{metric}", sweep.spec.objective.primary_metric)

    def note_of(self, analysed: AnalysedSweep) -> str:
        """The text below the heading on the page of this sweep; none if empty."""
        return self.note if isinstance(self.note, str) else self.note(analysed)


def chart(
    label: str,
    heading: str,
    note: str | Callable[[AnalysedSweep], str] = "",
    *,
    on_page: Callable[[AnalysedSweep], go.Figure] | None = None,
    menus: Mapping[str, str] | None = None,
    layout: Layout = "plain",
    draws_each: bool = False,
) -> Callable[[F], F]:
    """Mark a function that draws a sweep as a chart of the report page; for the arguments see `Chart`."""

    def mark(draw: F) -> F:
        setattr(draw, _MARK, Chart(draw, label, heading, note, on_page, menus or {}, layout, draws_each))
        return draw

    return mark


def charts_of(functions: Iterable[Callable[..., go.Figure]]) -> tuple[Chart, ...]:
    """The charts of functions that are marked with `@chart`."""
    return tuple(getattr(function, _MARK) for function in functions)
