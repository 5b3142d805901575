"""The task that prepares the data."""

from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from sweepflow import preflight
from sweepflow.data import PreparedData
from sweepflow.spec import Spec


@task(name="prepare_data", task_run_name="prepare-data", cache_policy=NO_CACHE)
def prepare_data(spec: Spec, home: Path) -> PreparedData | None:
    """The spec's data, split and written, unless they are already; None if it has none."""
    return preflight.prepare_data(spec, home)
