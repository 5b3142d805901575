"""The best trials for Prefect's table artifact, whose cells are Markdown and whose column names are text."""

from collections.abc import Mapping
from typing import Any

from sweepflow.archive.sweep import Sweep
from sweepflow.base.markdown import plain
from sweepflow.base.printable import printable, shortened
from sweepflow.trials.objective import Objective
from sweepflow.trials.parameters import text_of
from sweepflow.trials.rows import RankedRow
from sweepflow.trials.state import NULL

_ROWS_SHOWN = 50
_LONGEST_CELL = 200


def leaderboard_rows(sweep: Sweep) -> list[dict[str, Any]]:
    """The first rows in rank order."""
    objective = sweep.spec.objective
    return [
        leaderboard_row(rank, row, objective) for rank, row in enumerate(sweep.rows[:_ROWS_SHOWN], start=1)
    ]


def leaderboard_row(rank: int, row: RankedRow, objective: Objective) -> dict[str, Any]:
    """One trial's rank, number, state, value, best interval and parameters."""
    identity: dict[str, Any] = {"rank": rank, "trial": row.number, "state": row.shown_state}
    interval = {"interval": row.best_interval}
    metric = _heading("metric", objective.primary_metric, identity | interval)
    facts = {**identity, metric: row.value, **interval}
    parameters = {_heading("parameter", name, facts): _cell(value) for name, value in row.parameters.items()}
    return {**facts, **parameters}


def _heading(kind: str, name: str, others: Mapping[str, object]) -> str:
    """The name, with the word metric or parameter before it if another column has the same name."""
    shown = printable(shortened(name, _LONGEST_CELL))
    return f"{kind} {shown}" if shown in others else shown


def _cell(value: object) -> object:
    if value is None:
        return NULL
    if isinstance(value, str | list | dict):
        return plain(shortened(text_of(value), _LONGEST_CELL))
    return value
