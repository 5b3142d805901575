"""Ray Tune with actors that are used again, and a big table in its object store.

Each search starts its actors anew. So that the clock begins when all are there, as many trials as there are
actors come first, with numbers below 0, and wait for each other.
"""

import os
import time

os.environ["RAY_AIR_NEW_OUTPUT"] = "0"
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112  Ray spells it so; by default its processes give way to all others

import ray
from ray import tune

from peers.training import Stopwatch, Task
from workloads import Data, train

PACKAGES = ("ray",)


_SECONDS_TO_START = 100.0


def trial(config: dict[str, int], data: Data, task: Task) -> None:
    number, began = config["number"], time.time()
    if number < 0:
        _wait_for_all(number, task)
    score = 0.0 if number < 0 else train(task.workload, number, data)[0]
    tune.report({"score": score, "began": began})


def _wait_for_all(number: int, task: Task) -> None:
    ready = task.own_folder / "ready"
    ready.mkdir(exist_ok=True)
    (ready / str(number)).touch()
    latest = time.monotonic() + _SECONDS_TO_START
    while len(list(ready.iterdir())) < task.n_workers:
        if time.monotonic() > latest:
            raise TimeoutError("not all actors have started")
        time.sleep(0.02)


def run(task: Task, watch: Stopwatch) -> None:
    ray.init(num_cpus=task.n_workers, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    try:
        tuner = tune.Tuner(
            tune.with_parameters(trial, data=task.data, task=task),
            param_space={"number": tune.grid_search(list(range(-task.n_workers, task.n_trials)))},
            tune_config=tune.TuneConfig(reuse_actors=True, max_concurrent_trials=task.n_workers),
            run_config=tune.RunConfig(storage_path=str(task.own_folder / "ray"), verbose=0),
        )
        results = tuner.fit()
        ended = time.time()
        if results.num_errors:
            raise RuntimeError("trials of Ray Tune's failed")
        watch.seconds = ended - min(each.metrics["began"] for each in results if each.config["number"] >= 0)
    finally:
        ray.shutdown()
