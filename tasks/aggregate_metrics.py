"""The task that ranks the trials."""

from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from sweepflow.archive.leaderboard import write_tables
from sweepflow.ledger.ledger import Ledger
from sweepflow.trials.objective import Objective
from sweepflow.trials.rows import RankedRow


@task(
    name="aggregate_metrics", task_run_name="aggregate-metrics", cache_policy=NO_CACHE, persist_result=False
)
def aggregate_metrics(ledger: Ledger, sweep_id: str, objective: Objective, folder: Path) -> list[RankedRow]:
    """Write leaderboard.parquet and metrics.parquet; gives the ranked rows."""
    return write_tables(ledger.trials(sweep_id), ledger.metrics(sweep_id), objective, folder)
