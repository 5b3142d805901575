"""Dask's `client.map` on a local cluster of processes, with a big table scattered to all of them."""

import dask
from distributed import Client, LocalCluster

from peers.training import Stopwatch, Task
from workloads import WORKLOADS, train

PACKAGES = ("distributed",)


# Dask sets it for its workers, for which freeing memory then takes as long again as fitting trees.
_UNSET = {"distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None}


def run(task: Task, watch: Stopwatch) -> None:
    with (
        dask.config.set(_UNSET),
        LocalCluster(
            n_workers=task.n_workers, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        first = WORKLOADS["noop"].data(task.folder)
        client.gather(client.map(lambda n: train("noop", n, first), range(task.n_workers)))
        with watch.running():
            data = client.scatter(task.data, broadcast=True)
            trials = client.map(_train, range(task.n_trials), name=task.workload, data=data, pure=False)
            client.gather(trials)


def _train(number: int, name: str, data: object) -> tuple[float, float]:
    return train(name, number, data)  # type: ignore[arg-type]
