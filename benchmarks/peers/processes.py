"""Python's own pool of processes: nothing but the training, and what the others are compared with."""

import multiprocessing
from functools import partial

from peers.training import Stopwatch, Task
from workloads import train_from_folder

PACKAGES = ()


def run(task: Task, watch: Stopwatch) -> None:
    with multiprocessing.Pool(task.n_workers) as pool:
        pool.map(partial(train_from_folder, task.workload, folder=task.folder), range(task.n_workers))
        with watch.running():
            trials = pool.imap_unordered(
                partial(train_from_folder, task.workload, folder=task.folder), range(task.n_trials)
            )
            watch.training_seconds = sum(seconds for _, seconds in trials)
