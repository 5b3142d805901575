"""The task that ranks the trials."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from sweepflow.running import leaderboard
from sweepflow.running.record import SweepRecord
from sweepflow.spec.spec import Spec


@task(
    name="aggregate_metrics", task_run_name="aggregate-metrics", cache_policy=NO_CACHE, persist_result=False
)
def aggregate_metrics(record: SweepRecord, spec: Spec) -> None:
    """Write leaderboard.parquet and metrics.parquet."""
    leaderboard.write_tables(record, spec)
