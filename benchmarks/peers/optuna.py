"""Optuna as its documentation runs it on one machine: processes that share a journal file."""

import multiprocessing
from multiprocessing.synchronize import Barrier
from typing import Any

import optuna

from peers.training import Stopwatch, Task
from workloads import train

PACKAGES = ("optuna",)


def run(task: Task, watch: Stopwatch) -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    optuna.create_study(storage=_storage(task), study_name="peer", direction="maximize")
    started, ready = multiprocessing.Value("i", 0), multiprocessing.Barrier(task.n_workers + 1)
    workers = [
        multiprocessing.Process(target=_work, args=(task, started, ready)) for _ in range(task.n_workers)
    ]
    for worker in workers:
        worker.start()
    ready.wait()
    with watch.running():
        for worker in workers:
            worker.join()
    if any(worker.exitcode for worker in workers):
        raise RuntimeError("a process of Optuna's failed")


def _storage(task: Task) -> Any:
    backend = optuna.storages.journal.JournalFileBackend(str(task.own_folder / "journal.log"))
    return optuna.storages.JournalStorage(backend)


def _work(task: Task, started: Any, ready: Barrier) -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.RandomSampler()
    study = optuna.load_study(storage=_storage(task), study_name="peer", sampler=sampler)
    data = task.data
    ready.wait()
    while True:
        with started.get_lock():
            number = started.value
            started.value += 1
        if number >= task.n_trials:
            return
        trial = study.ask()
        trial.suggest_float("x", 0, 1)
        value, _ = train(task.workload, number, data)
        study.tell(trial, value)
