"""Makes the workers of a cluster ready for a sweep, if they have what that needs."""

from collections.abc import Mapping

from distributed import Client

from sweepflow.errors import in_one_line
from sweepflow.workers.dask import task
from sweepflow.workers.dask.lost import ClusterUnfit
from sweepflow.workers.dask.station import Station
from sweepflow.workers.dask.versions import PACKAGES, different, own_versions, told_versions
from sweepflow.workers.dask.workforce import GPU, INSTALL, Fault, Resources, able, different_workers, wanted


def admit(client: Client, station: Station) -> Resources:
    """Give every worker the station; gives what a trial takes of its worker's resources.

    Raises ClusterUnfit if what is installed there differs from what is here, a worker has fewer GPUs than it
    names, or none has GPUs for a trial. A worker that joins later and is unfit gives its tasks back.
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
            f"compute.address: a worker cannot load Sweepflow ({in_one_line(error)}); {INSTALL}, "
            "and resume the sweep"
        ) from error
    faults = client.run(task.fault, station.name, on_error="ignore")
    _refuse({worker: fault for worker, fault in faults.items() if fault}, len(faults))
    return resources


def _check_versions(client: Client) -> None:
    told, here = client.get_versions(packages=list(PACKAGES)), own_versions()
    scheduler = told_versions(told["scheduler"]["packages"])
    needed = {name: scheduler[name] for name in ("python", "distributed")}
    if fault := different(here, needed):
        raise ClusterUnfit(f"compute.address: the scheduler {fault}; {INSTALL}, and resume the sweep")
    workers = {name: told_versions(each["packages"]) for name, each in told["workers"].items()}
    found = {name: what for name, there in workers.items() if (what := different(here, there))}
    _refuse({name: Fault(what, INSTALL) for name, what in found.items()}, len(workers))


def _refuse(found: Mapping[str, Fault], n_workers: int) -> None:
    """ClusterUnfit if there are any workers, each with its fault."""
    if found:
        told = different_workers([(name, fault.what) for name, fault in found.items()], n_workers)
        remedy = next(iter(found.values())).remedy
        raise ClusterUnfit(f"compute.address: {told}; {remedy}, and resume the sweep")
