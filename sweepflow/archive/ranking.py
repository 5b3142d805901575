"""The trials of a sweep in rank order, by what they reported."""

from collections.abc import Sequence
from dataclasses import fields
from typing import NamedTuple

from sweepflow.archive.requirements import unmet
from sweepflow.space.constraints import Condition
from sweepflow.trials.objective import Objective
from sweepflow.trials.reports import ByTrial
from sweepflow.trials.rows import COST, MetricRow, RankedRow, TrialRow
from sweepflow.trials.state import is_ranked


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
    reports = ByTrial(metrics)
    rows = [_row(trial, reports[trial.number], objective, require) for trial in trials]
    return sorted(rows, key=lambda row: _rank(row, objective))


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
