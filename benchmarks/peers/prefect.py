"""Prefect's ProcessPoolTaskRunner, by `map`, with the settings that Sweepflow has its server run with.

The server is one that runs already: without one, each of the processes would start its own.
"""

import os
from pathlib import Path

os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
os.environ["PREFECT_LOGGING_TO_API_ENABLED"] = "false"  # it would wait for a server that has ended

from peers.training import Stopwatch, Task
from startup import server
from workloads import train_from_folder

PACKAGES = ("prefect",)


def run(task: Task, watch: Stopwatch) -> None:
    import sweepflow.flows  # noqa: F401  settings for the server

    with server(os.environ) as (url, _):
        os.environ["PREFECT_API_URL"] = url
        _map(task, watch)


def _map(task: Task, watch: Stopwatch) -> None:
    from prefect import flow
    from prefect import task as of_prefect
    from prefect.cache_policies import NO_CACHE
    from prefect.task_runners import ProcessPoolTaskRunner

    trial = of_prefect(_trial, cache_policy=NO_CACHE)
    folder = str(task.folder)

    @flow(task_runner=ProcessPoolTaskRunner(max_workers=task.n_workers))
    def trials() -> None:
        trial.map(range(task.n_workers), "noop", folder).wait()
        with watch.running():
            trial.map(range(task.n_trials), task.workload, folder).result()

    trials()


def _trial(number: int, workload: str, folder: str) -> tuple[float, float]:
    return train_from_folder(workload, number, Path(folder))
