"""The task that decides whether new data is worth a sweep."""

from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from sweepflow import recurrence as probing
from sweepflow.data.prepared import PreparedData
from sweepflow.recurrence import Champion, Probe
from sweepflow.spec.spec import Spec
from sweepflow.trials.rows import RankedRow


@task(name="probe_data", task_run_name="probe-data", cache_policy=NO_CACHE, persist_result=False)
def probe_data(
    spec: Spec, data: PreparedData, champion: Champion, rows: list[RankedRow], home: Path, cores: int
) -> Probe:
    """Compare the champion with the best past configurations, retrained, on the new data."""
    return probing.probe(spec, data, champion, rows, home=home, cores=cores)
