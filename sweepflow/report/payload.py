"""The data of the page's scripts as JSON: the figures, the columns for their axes, and the table."""

import json
import math
from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import plotly.graph_objects as go
from plotly.utils import PlotlyJSONEncoder

from sweepflow import plot
from sweepflow.analysis.forest import Importances
from sweepflow.archive.sweep import Sweep
from sweepflow.base.printable import printable
from sweepflow.plot.chart import AnalysedSweep
from sweepflow.plot.charts.scatter import plottable
from sweepflow.plot.columns import Column
from sweepflow.trials.parameters import Parameters, text_of

_MARKUP = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
_SAFE_INTEGER = 2**53
"""JavaScript's whole numbers are exact up to this one."""


class Payload(NamedTuple):
    """The data of one page."""

    figures: dict[str, dict[str, Any]]
    columns: list[dict[str, Any]]
    """The columns that the menus offer."""
    chosen: dict[str, int]
    """The index of the column that is selected first, by axis."""
    slices: list[int]
    """The indices of the parameters that differ between trials."""
    table: dict[str, Any]

    @classmethod
    def of(cls, analysed: AnalysedSweep, drawn: Sweep) -> Self:
        """The data of this sweep's page; the most important parameters are selected first.

        `drawn` has those of its trials that are drawn one by one.
        """
        rows, columns = plottable(drawn)
        analysed_drawn = AnalysedSweep(drawn)
        parameters = {name for row in rows for name in row.parameters}
        differing = [
            place
            for place, column in enumerate(columns)
            if column.name in parameters and not column.is_constant and place < len(parameters)
        ]
        return cls(
            figures={
                chart.name: _without_colors(chart.figure(analysed_drawn if chart.draws_each else analysed))
                for chart in plot.CHARTS
            },
            columns=[_for_menu(column) for column in columns] if rows else [],
            chosen=_chosen(columns, differing, len(parameters), analysed.importances) if rows else {},
            slices=differing,
            table=_table(analysed.sweep),
        )

    def text(self) -> str:
        """The data as JSON, escaped so that nothing in it can end the script element around it."""
        return json.dumps(self._asdict(), cls=PlotlyJSONEncoder, separators=(",", ":")).translate(_MARKUP)


def _without_colors(figure: go.Figure) -> dict[str, Any]:
    """The figure without plotly's template, because the page sets the colours."""
    fields: dict[str, Any] = figure.to_dict()
    fields["layout"].pop("template", None)
    return fields


def _for_menu(column: Column) -> dict[str, Any]:
    positions = [None if math.isnan(place) else float(f"{place:.9g}") for place in column.spread.tolist()]
    axes = {"axis": column.axis, "axisInSpace": column.axis_in_space}
    return {"name": printable(column.name), "positions": positions, **axes}


def _chosen(
    columns: Sequence[Column], differing: Sequence[int], metric: int, importances: Importances | None
) -> dict[str, int]:
    shares = importances.shares if importances else {}
    best = sorted(differing, key=lambda place: -shares.get(columns[place].name, 0.0))
    others = [place for place in range(len(columns)) if place not in best and place != metric]
    across, up = [*best, *others][:2]
    return {"x": across, "y": up, "z": metric}


def _table(sweep: Sweep) -> dict[str, Any]:
    primary = sweep.spec.objective.primary_metric
    parameters = list(dict.fromkeys(name for row in sweep.rows for name in row.parameters))
    metrics = [
        name for name in dict.fromkeys(n for row in sweep.rows for n in row.metrics) if name != primary
    ]
    facts = ["rank", "trial", "state", primary, "best interval", "intervals", "seconds"]
    rows = []
    for rank, row in enumerate(sweep.rows, start=1):
        cells = [rank, row.number, row.state.words, row.value, row.best_interval]
        cells += [row.intervals, row.seconds]
        cells += [_cell(row.parameters, name) for name in parameters]
        cells += [_number(row.metrics.get(name)) for name in metrics]
        rows.append([*cells, printable(row.error or "") or None])
    return {"columns": [*map(printable, [*facts, *parameters, *metrics]), "reason"], "rows": rows}


def _cell(parameters: Parameters, name: str) -> str | float | None:
    """The value as in a spec; None if it was not drawn."""
    if name not in parameters:
        return None
    value = parameters[name]
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return printable(text_of(value)) if isinstance(value, str | list | dict) else _number(value)


def _number(value: float | None) -> str | float | None:
    """The number; as text if JSON or JavaScript cannot represent it."""
    if value is None or (isinstance(value, int) and abs(value) <= _SAFE_INTEGER):
        return value
    return value if isinstance(value, float) and math.isfinite(value) else str(value)
