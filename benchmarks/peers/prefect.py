"""Prefect's ProcessPoolTaskRunner, by `map`, with the same settings of its server as Sweepflow has."""

import os

os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")

import sweepflow.flows  # noqa: F401, I001  sets the server up; before Prefect
from prefect import flow, task as prefect_task
from prefect.cache_policies import NO_CACHE
from prefect.task_runners import ProcessPoolTaskRunner

from peers.training import Stopwatch, Task
from workloads import train_from_folder

PACKAGES = ("prefect",)


@prefect_task(cache_policy=NO_CACHE)
def trial(number: int, workload: str, folder: str) -> tuple[float, float]:
    from pathlib import Path

    return train_from_folder(workload, number, Path(folder))


def run(task: Task, watch: Stopwatch) -> None:
    @flow(task_runner=ProcessPoolTaskRunner(max_workers=task.n_workers))
    def trials() -> None:
        trial.map(range(task.n_workers), workload="noop", folder=str(task.folder)).wait()
        with watch.running():
            trial.map(range(task.n_trials), workload=task.workload, folder=str(task.folder)).result()

    trials()
