"""Makes the workers of a cluster ready for a sweep, if they have what that needs."""

from distributed import Client

from sweepflow.errors import in_one_line
from sweepflow.workers.dask import task
from sweepflow.workers.dask.lost import ClusterUnfit
from sweepflow.workers.dask.station import Station
from sweepflow.workers.dask.versions import PACKAGES, different, own_versions, told_versions
from sweepflow.workers.dask.workforce import GPU, Resources, able, different_workers, wanted

_REMEDY = "install there what is installed here, and resume the sweep"


def admit(client: Client, station: Station) -> Resources:
    """Give every worker the station; gives what a trial takes of its worker's resources.

    Raises ClusterUnfit if what is installed there differs from what is here, or no worker has GPUs for a
    trial. Workers that join later are not asked: trials that come to one that differs are lost.
    """
    _check_versions(client)
    workers = client.scheduler_info(n_workers=-1)["workers"]
    resources = wanted(workers, station.gpus_per_trial)
    if station.gpus_per_trial and workers and not able(workers, {GPU: station.gpus_per_trial}):
        raise ClusterUnfit(
            f"compute.gpus_per_trial: asks for GPUs, and none of the {len(workers)} worker(s) names so many; "
            f"start workers that have some with --resources {GPU}=1, and resume the sweep"
        )
    try:
        client.register_plugin(station)
    except Exception as error:
        raise ClusterUnfit(
            f"compute.address: a worker cannot load Sweepflow ({in_one_line(error)}); {_REMEDY}"
        ) from error
    faults = client.run(task.fault, station.name, on_error="ignore")
    _refuse([(worker, fault) for worker, fault in faults.items() if fault], len(faults))
    return resources


def _check_versions(client: Client) -> None:
    told, here = client.get_versions(packages=list(PACKAGES)), own_versions()
    scheduler = told_versions(told["scheduler"]["packages"])
    needed = {name: scheduler[name] for name in ("python", "distributed")}
    if fault := different(here, needed):
        raise ClusterUnfit(f"compute.address: the scheduler {fault}; {_REMEDY}")
    workers = {name: told_versions(each["packages"]) for name, each in told["workers"].items()}
    found = [(name, fault) for name, there in workers.items() if (fault := different(here, there))]
    _refuse(found, len(workers))


def _refuse(found: list[tuple[str, str]], n_workers: int) -> None:
    """ClusterUnfit if there are any workers, each with what is different there."""
    if found:
        raise ClusterUnfit(f"compute.address: {different_workers(found, n_workers)}; {_REMEDY}")
