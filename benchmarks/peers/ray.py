"""Ray Tune with actors that are used again, and a big table in its object store.

Each search starts its actors anew; the clock begins with the first trial, when they are there.
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


def trial(config: dict[str, int], data: Data, name: str) -> None:
    began = time.time()
    tune.report({"score": train(name, config["number"], data)[0], "began": began})


def run(task: Task, watch: Stopwatch) -> None:
    ray.init(num_cpus=task.n_workers, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    try:
        tuner = tune.Tuner(
            tune.with_parameters(trial, data=task.data, name=task.workload),
            param_space={"number": tune.grid_search(list(range(task.n_trials)))},
            tune_config=tune.TuneConfig(reuse_actors=True, max_concurrent_trials=task.n_workers),
            run_config=tune.RunConfig(storage_path=str(task.own_folder / "ray"), verbose=0),
        )
        results = tuner.fit()
        ended = time.time()
        if results.num_errors:
            raise RuntimeError("trials of Ray Tune's failed")
        watch.seconds = ended - min(each.metrics["began"] for each in results)
    finally:
        ray.shutdown()
