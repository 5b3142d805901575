"""Makes the workers of a cluster ready for a sweep, if they have what that needs."""

import asyncio
from collections import ChainMap
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, NamedTuple

from distributed import Client

from sweepflow.errors import in_one_line
from sweepflow.workers.dask import task
from sweepflow.workers.dask.lost import ClusterUnfit
from sweepflow.workers.dask.station import Station
from sweepflow.workers.dask.versions import PACKAGES, different, own_versions, told_versions
from sweepflow.workers.dask.workforce import (
    GPU,
    INSTALL,
    Fault,
    Resources,
    Workers,
    able,
    different_workers,
    wanted,
)

_ANSWER_SECONDS = 15.0
"""How long a worker may take to answer at all."""
_READY_SECONDS = 120.0
"""How long it may take to import what it needs, and to look for its GPUs."""

Ask = Callable[[list[str]], Awaitable[Mapping[str, Any]]]
"""Asks these workers; gives what they answer, by address, once all have."""


class Admitted(NamedTuple):
    """The workers of a cluster when a sweep begins."""

    resources: Resources
    """What a trial takes of its worker's."""
    workers: Workers
    hung: tuple[str, ...]
    """Those of them that do not answer."""


async def admit(client: Client, station: Station) -> Admitted:
    """Give every worker the station; to be called in the client's event loop.

    A worker that does not answer is waited for only so long; it gets the station once it does. Raises
    ClusterUnfit if what is installed there differs from what is here, a worker has fewer GPUs than it names,
    or none has GPUs for a trial. A worker that joins later and is unfit gives its tasks back.
    """
    workers = (await client.scheduler.identity(n_workers=-1))["workers"]
    answering = await _check_versions(client, workers)
    resources = wanted(workers, station.gpus_per_trial)
    if station.gpus_per_trial and workers and not able(workers, {GPU: station.gpus_per_trial}):
        raise ClusterUnfit(
            f"compute.gpus_per_trial: asks for GPUs, and none of the {len(workers)} worker(s) names so many; "
            f"start workers that have some with --resources {GPU}=1, and resume the sweep"
        )
    # Dask waits until all workers have it, which one that hangs never has.
    await _register(client, station, _READY_SECONDS if len(answering) == len(workers) else 0.0)
    faults = await _answers(_asking_for_faults(client, station), answering, _READY_SECONDS)
    _refuse({worker: fault for worker, fault in faults.items() if fault}, len(workers))
    return Admitted(resources, workers, tuple(worker for worker in workers if worker not in faults))


def _asking_for_faults(client: Client, station: Station) -> Ask:
    async def ask(workers: list[str]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = await client.run(
            task.fault, station.name, workers=workers, on_error="ignore"
        )
        return found

    return ask


async def _check_versions(client: Client, workers: Iterable[str]) -> list[str]:
    """The workers that answer; ClusterUnfit if anything there, or at the scheduler, is not as here."""
    here, message = own_versions(), {"op": "versions", "packages": list(PACKAGES)}
    scheduler = told_versions((await client.scheduler.versions(packages=list(PACKAGES)))["packages"])
    needed = {name: scheduler[name] for name in ("python", "distributed")}
    if fault := different(here, needed):
        raise ClusterUnfit(f"compute.address: the scheduler {fault}; {INSTALL}, and resume the sweep")

    async def ask(workers: list[str]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = await client.scheduler.broadcast(
            msg=message, workers=workers, on_error="ignore"
        )
        return found

    told = await _answers(ask, list(workers), _ANSWER_SECONDS)
    versions = {name: told_versions(each["packages"]) for name, each in told.items()}
    found = {name: what for name, there in versions.items() if (what := different(here, there))}
    _refuse({name: Fault(what, INSTALL) for name, what in found.items()}, len(versions))
    return list(told)


async def _register(client: Client, station: Station, seconds: float) -> None:
    """Register the station, and wait at most so long until the workers have it."""
    registering = asyncio.ensure_future(client.register_plugin(station))
    done, _ = await asyncio.wait([registering], timeout=seconds)
    if not done:
        registering.add_done_callback(lambda late: late.cancelled() or late.exception())
        return
    try:
        registering.result()
    except Exception as error:
        raise ClusterUnfit(
            f"compute.address: a worker cannot load Sweepflow ({in_one_line(error)}); {INSTALL}, "
            "and resume the sweep"
        ) from error


async def _answers(ask: Ask, workers: list[str], seconds: float) -> Mapping[str, Any]:
    """What these workers answer, by address, without those that do not answer in time."""
    if not workers:
        return {}
    try:
        return await asyncio.wait_for(ask(workers), seconds / 3)
    except TimeoutError:  # one of them hangs: ask each by itself
        asked = (asyncio.wait_for(ask([worker]), seconds * 2 / 3) for worker in workers)
        told = await asyncio.gather(*asked, return_exceptions=True)
        return dict(ChainMap(*(dict(each) for each in told if isinstance(each, Mapping))))


def _refuse(found: Mapping[str, Fault], n_workers: int) -> None:
    """ClusterUnfit if there are any workers, each with its fault."""
    if found:
        told = different_workers([(name, fault.what) for name, fault in found.items()], n_workers)
        remedy = next(iter(found.values())).remedy
        raise ClusterUnfit(f"compute.address: {told}; {remedy}, and resume the sweep")
