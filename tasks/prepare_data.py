"""The task that prepares the data."""

from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from sweepflow.archive.folder import SweepFolder
from sweepflow.data.prepared import PreparedData
from sweepflow.running import preflight
from sweepflow.spec.spec import Spec


@task(name="prepare_data", task_run_name="prepare-data", cache_policy=NO_CACHE)
def prepare_data(
    spec: Spec, data: PreparedData | None, home: Path, folder: SweepFolder
) -> PreparedData | None:
    """The spec's data, split and stored in the sweep's folder; None if the spec names none.

    Data that is stored there already is used before `data`.
    """
    if stored := folder.data():
        return stored
    data = data or preflight.prepare_data(spec, home)
    return folder.keep(data) if data else None
