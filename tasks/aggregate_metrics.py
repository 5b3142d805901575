"""The task that ranks the trials."""

from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from sweepflow.archive.leaderboard import write_tables
from sweepflow.ledger.ledger import Ledger
from sweepflow.spec.spec import Spec
from sweepflow.trials.rows import RankedRow


@task(
    name="aggregate_metrics", task_run_name="aggregate-metrics", cache_policy=NO_CACHE, persist_result=False
)
def aggregate_metrics(ledger: Ledger, sweep_id: str, spec: Spec, folder: Path) -> list[RankedRow]:
    """Write leaderboard.parquet and metrics.parquet; gives the ranked rows."""
    trials, metrics = ledger.trials(sweep_id), ledger.metrics(sweep_id)
    return write_tables(trials, metrics, spec.trial_objective, folder, spec.require)
