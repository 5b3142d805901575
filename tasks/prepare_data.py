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
    """The spec's data, split and kept as files of the sweep; None if it has none.

    Those that it keeps already come before those that are given.
    """
    if kept := folder.data():
        return kept
    data = data or preflight.prepare_data(spec, home)
    return folder.keep(data) if data else None
