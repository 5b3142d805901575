"""The task that ranks the trials."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from sweepflow.running.record import SweepRecord
from sweepflow.spec.spec import Spec


@task(
    name="aggregate_metrics", task_run_name="aggregate-metrics", cache_policy=NO_CACHE, persist_result=False
)
def aggregate_metrics(record: SweepRecord, spec: Spec) -> None:
    """Write leaderboard.parquet and metrics.parquet."""
    from sweepflow.archive.leaderboard import write_tables

    trials, metrics = record.ledger.trials(record.sweep_id), record.ledger.metrics(record.sweep_id)
    write_tables(trials, metrics, spec.trial_objective, record.folder.path, spec.require)
