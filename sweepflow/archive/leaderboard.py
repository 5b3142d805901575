"""The tables of a finished sweep: its trials in rank order, and everything that was reported."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sweepflow.archive.arrow_columns import TIME, arrow_column, buffer_column, dictionary_column
from sweepflow.archive.folder import LEADERBOARD, METRICS
from sweepflow.archive.ranking import ranked
from sweepflow.base.files import replacing
from sweepflow.space.constraints import Condition
from sweepflow.trials.objective import Objective
from sweepflow.trials.parameters import text_of
from sweepflow.trials.reports import Reports
from sweepflow.trials.rows import MetricRow, RankedRow, TrialRow

_ROWS_AT_ONCE = 2**16
"""Of 250,000 reports all at once took 50 MB to write, of which Arrow kept most; so they take 20."""
_TRIAL_COLUMNS = {
    "number": pa.int64(),
    "state": pa.string(),
    "value": pa.float64(),
    "best_interval": pa.int64(),
    "intervals": pa.int64(),
    "started": TIME,
    "ended": TIME,
    "seconds": pa.float64(),
    "error": pa.string(),
}


def leaderboard(rows: Sequence[RankedRow]) -> pa.Table:
    """The ranked rows as a table, `param.<name>` and `metric.<name>` columns last."""
    columns = {
        name: arrow_column([getattr(row, name) for row in rows], kind)
        for name, kind in _TRIAL_COLUMNS.items()
    }
    for name in _names(row.parameters for row in rows):
        columns[f"param.{name}"] = _column([row.parameters.get(name) for row in rows])
    for name in _names(row.metrics for row in rows):
        columns[f"metric.{name}"] = arrow_column([row.metrics.get(name) for row in rows], pa.float64())
    return _table(columns)


def metric_table(metrics: Sequence[MetricRow]) -> pa.Table:
    """A row for each reported value."""
    reported = (metrics if isinstance(metrics, Reports) else Reports(metrics)).reported()
    names = dictionary_column(reported.names, reported.name_places)
    return _table(
        {
            "number": buffer_column(reported.numbers, pa.int64()),
            "name": names,
            "interval": buffer_column(reported.intervals, pa.int64()),
            "value": buffer_column(reported.values, pa.float64()),
            "time": buffer_column(reported.times, TIME),
        }
    )


def write_tables(
    trials: Sequence[TrialRow],
    metrics: Sequence[MetricRow],
    objective: Objective,
    folder: Path,
    require: Sequence[Condition] = (),
) -> list[RankedRow]:
    """Write leaderboard.parquet and metrics.parquet into the folder; returns the ranked rows."""
    rows = ranked(trials, metrics, objective, require)
    _write(leaderboard(rows), folder / LEADERBOARD)
    _write(metric_table(metrics), folder / METRICS)
    return rows


def _table(columns: Mapping[str, pa.Array]) -> pa.Table:
    return pa.Table.from_arrays(list(columns.values()), names=list(columns))


def _write(table: pa.Table, path: Path) -> None:
    with replacing(path) as partial:
        pq.write_table(table, partial, row_group_size=_ROWS_AT_ONCE)


def _names(mappings: Iterable[Mapping[str, object]]) -> list[str]:
    return list(dict.fromkeys(name for mapping in mappings for name in mapping))


def _column(values: Sequence[Any]) -> pa.Array:
    """One parameter's column, of text if its values are of several kinds."""
    kinds = {type(value) for value in values if value is not None}
    if any(isinstance(value, int) and abs(value) >= 2**63 for value in values):
        kinds.add(str)
    if kinds == {int, float}:
        values = [None if value is None else float(value) for value in values]
    for group, kind in (({bool}, pa.bool_()), ({int}, pa.int64()), ({int, float}, pa.float64())):
        if kinds <= group:
            return arrow_column(values, kind)
    return arrow_column([None if value is None else text_of(value) for value in values], pa.string())
