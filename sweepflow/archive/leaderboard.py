"""The tables of a finished sweep: its trials in rank order, and everything that was reported."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from sweepflow.archive.folder import LEADERBOARD, METRICS
from sweepflow.archive.requirements import unmet
from sweepflow.base.files import replacing
from sweepflow.space.constraints import Condition
from sweepflow.trials.objective import Objective
from sweepflow.trials.parameters import text_of
from sweepflow.trials.rows import COST, MetricRow, RankedRow, TrialRow
from sweepflow.trials.state import is_ranked

_TIME = pa.timestamp("us", tz="UTC")
_TRIAL_COLUMNS = {
    "number": pa.int64(),
    "state": pa.string(),
    "value": pa.float64(),
    "best_interval": pa.int64(),
    "intervals": pa.int64(),
    "started": _TIME,
    "ended": _TIME,
    "seconds": pa.float64(),
    "error": pa.string(),
}
_METRIC_COLUMNS = {
    "number": pa.int64(),
    "name": pa.string(),
    "interval": pa.int64(),
    "value": pa.float64(),
    "time": _TIME,
}


def ranked(
    trials: Sequence[TrialRow],
    metrics: Sequence[MetricRow],
    objective: Objective,
    require: Sequence[Condition] = (),
) -> list[RankedRow]:
    """The ledger's trials in rank order: the best value first, then those that are not ranked, by number.

    With folds, a trial that was stopped before its last one comes after those that have all. A trial that
    does not meet `require` is not ranked.
    """
    reports: dict[int, list[MetricRow]] = {trial.number: [] for trial in trials}
    for report in metrics:
        reports[report.number].append(report)
    rows = [_row(trial, reports[trial.number], objective, require) for trial in trials]
    return sorted(rows, key=lambda row: _rank(row, objective))


def leaderboard(rows: Sequence[RankedRow]) -> pa.Table:
    """The ranked rows as a table, `param.<name>` and `metric.<name>` columns last."""
    columns = {
        name: pa.array([getattr(row, name) for row in rows], kind) for name, kind in _TRIAL_COLUMNS.items()
    }
    for name in _names(row.parameters for row in rows):
        columns[f"param.{name}"] = _column([row.parameters.get(name) for row in rows])
    for name in _names(row.metrics for row in rows):
        columns[f"metric.{name}"] = pa.array([row.metrics.get(name) for row in rows], pa.float64())
    return pa.table(columns)


def metric_table(metrics: Sequence[MetricRow]) -> pa.Table:
    """A row for each reported value."""
    reported = [row for row in metrics if not row.is_cost]
    return pa.table(
        {
            name: pa.array([getattr(row, name) for row in reported], kind)
            for name, kind in _METRIC_COLUMNS.items()
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


def _write(table: pa.Table, path: Path) -> None:
    with replacing(path) as partial:
        pq.write_table(table, partial)


def unmet_of(reports: Sequence[MetricRow], objective: Objective, require: Sequence[Condition]) -> str | None:
    """The requirement that a trial with these reports does not meet; None if it meets all."""
    return unmet(require, _result(reports, objective).metrics) if require else None


class _Result(NamedTuple):
    value: float | None
    best_interval: int | None
    intervals: int
    metrics: dict[str, float | None]


def _result(reports: Sequence[MetricRow], objective: Objective) -> _Result:
    name = objective.primary_metric
    primary = [(r.interval, r.value) for r in reports if r.name == name and r.value is not None]
    best = primary[objective.place([value for _, value in primary])] if primary else None
    best_interval, value = best or (None, None)
    last = {report.name: report.value for report in reports if not report.is_cost}
    costs = {report.name.removeprefix(COST): report.value for report in reports if report.is_cost}
    at_best = {
        report.name: report.value
        for report in reports
        if report.interval == best_interval and not report.is_cost
    }
    metrics = {**last, **at_best, **{name: costs[name] for name in costs if name not in last}}
    return _Result(value, best_interval, len(primary), metrics)


def _row(
    trial: TrialRow, reports: Sequence[MetricRow], objective: Objective, require: Sequence[Condition]
) -> RankedRow:
    result = _result(reports, objective)
    reason = unmet(require, result.metrics) if is_ranked(trial.state, result.value) else None
    notes = "; ".join(note for note in (trial.error, reason and f"not ranked: {reason}") if note)
    own = {column.name: getattr(trial, column.name) for column in fields(trial)}
    return RankedRow(**{**own, "error": notes or None}, **result._asdict(), unmet=reason)


def _rank(row: RankedRow, objective: Objective) -> tuple[bool, tuple[int, float], int]:
    value = row.ranked_value
    rank = (0, 0.0) if value is None else objective.rank(value, row.intervals, row.state)
    return value is None, rank, row.number


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
            return pa.array(values, kind)
    return pa.array([None if value is None else text_of(value) for value in values], pa.string())
