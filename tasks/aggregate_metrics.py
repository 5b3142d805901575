"""The task that turns the ledger's rows into tables."""

from pathlib import Path
from typing import Any

from prefect import task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from sweepflow.leaderboard import Row, write_tables
from sweepflow.ledger import Ledger
from sweepflow.objective import Objective

_ROWS_SHOWN = 50


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
    value = {objective.primary_metric: row["value"], "interval": row["best_interval"]}
    return {"rank": rank, "trial": row["number"], "state": row["state"], **value, **row["parameters"]}
