"""The task that turns the ledger's rows into tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prefect import task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from sweepflow.inert import inert, shortened
from sweepflow.leaderboard import Row, write_tables
from sweepflow.ledger import Ledger
from sweepflow.markdown import plain
from sweepflow.objective import Objective

_ROWS_SHOWN = 50
_LONGEST_CELL = 200


@task(
    name="aggregate_metrics", task_run_name="aggregate-metrics", cache_policy=NO_CACHE, persist_result=False
)
def aggregate_metrics(ledger: Ledger, sweep_id: str, objective: Objective, folder: Path) -> list[Row]:
    """Write leaderboard.parquet and metrics.parquet; gives the ranked rows."""
    rows = write_tables(ledger.trials(sweep_id), ledger.metrics(sweep_id), objective, folder)
    shown = [_shown(rank, row, objective) for rank, row in enumerate(rows[:_ROWS_SHOWN], start=1)]
    create_table_artifact(
        shown, key="leaderboard", description=f"The best {len(shown)} of {len(rows)} trials"
    )
    return rows


def _shown(rank: int, row: Row, objective: Objective) -> dict[str, Any]:
    """The row as the artifact shows it, whose cells are Markdown and whose column names are text."""
    own = {"rank": rank, "trial": row["number"], "state": row["state"]}
    interval = {"interval": row["best_interval"]}
    metric = _heading("metric", objective.primary_metric, own | interval)
    shown = {**own, metric: row["value"], **interval}
    drawn = {_heading("parameter", name, shown): _cell(value) for name, value in row["parameters"].items()}
    return {**shown, **drawn}


def _heading(kind: str, name: str, taken: Mapping[str, object]) -> str:
    """The name, said to be a metric or a parameter where another column is called the same."""
    shown = inert(shortened(name, _LONGEST_CELL))
    return f"{kind} {shown}" if shown in taken else shown


def _cell(value: object) -> object:
    return plain(shortened(value, _LONGEST_CELL)) if isinstance(value, str) else value
