"""What a no-op trial costs on a Dask cluster, beside Dask's own `client.map` of a no-op on the same workers.

The cluster has two workers of one thread on this machine, and its scheduler has a process too. A sweep starts
processes of its own on each worker, so the cost of a trial is what a sweep of many takes beyond one of few,
divided by how many more they are.

    python benchmarks/dask_overhead.py [--trials 500] [--rounds 3] [--quick] [--json]
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
sys.path.insert(0, str(Path(__file__).parent))

import sweepflow.flows  # noqa: F401, I001  sets the server up; before Prefect
from distributed import Client
from distributed.deploy.subprocess import SubprocessCluster
from script_output import conditions, options_parser, print_json

from sweepflow.flows.tune import tune

FEW = 20


def noop(number: int) -> int:
    return number


def mapped(client: Client, n: int) -> None:
    client.gather(client.map(noop, range(n), pure=False))


def sweep(address: str, n: int) -> None:
    result = tune(
        trial={"function": "noop_trainer:train"},
        search_space={"x": {"type": "uniform", "min_value": 0, "max_value": 1}},
        sampling_algorithm={"type": "random", "seed": 0},
        objective={"primary_metric": "score", "goal": "maximize"},
        limits={"max_total_trials": n, "max_concurrent_trials": 2},
        compute={"type": "dask", "address": address},
    )
    if result.trials.completed != n:
        raise SystemExit(f"{result.trials.words}, where {n} were to complete")


def seconds(run: Callable[[int], None], n: int) -> float:
    """How long n of them take."""
    started = time.perf_counter()
    run(n)
    return time.perf_counter() - started


def compared(n: int, rounds: int) -> tuple[float, float, float]:
    """Milliseconds of a mapped no-op and of a trial, and seconds of a sweep of few: medians of the rounds."""
    found = []
    with (
        tempfile.TemporaryDirectory() as home,
        SubprocessCluster(
            n_workers=2,
            worker_kwargs={"nthreads": 1},
            scheduler_kwargs={"dashboard": False},
            silence_logs=50,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        os.environ["SWEEPFLOW_HOME"] = home
        mapped(client, FEW)
        sweep(cluster.scheduler_address, FEW)
        for _ in range(rounds):
            base = seconds(lambda n: mapped(client, n), n)
            few, many = (seconds(lambda n: sweep(cluster.scheduler_address, n), each) for each in (FEW, n))
            found.append((base / n * 1000, (many - few) / (n - FEW) * 1000, few))
    base_ms, trial_ms, few_seconds = (statistics.median(each) for each in zip(*found, strict=True))
    return base_ms, trial_ms, few_seconds


def main() -> None:
    arguments = options_parser(__doc__, quick="one round of 100 trials")
    arguments.add_argument("--trials", type=int, default=500)
    arguments.add_argument("--rounds", type=int, default=3)
    options = arguments.parse_args()
    n, rounds = (100, 1) if options.quick else (options.trials, options.rounds)
    under = conditions("sweepflow", "prefect", "distributed")
    base, trial, few = compared(n, rounds)
    if options.json:
        figures = {
            "a no-op trial on two Dask workers, ms": (trial, None),
            f"a sweep of {FEW} no-op trials there, s": (few, None),
        }
        peers = {"a no-op trial on two Dask workers, ms": {"Dask's `client.map`": base}}
        print_json(under, figures, peers, trials=n)
        return
    print(under.line)
    print(f"client.map {base:.1f} ms    trial {trial:.1f} ms    a sweep of {FEW} {few:.1f} s")


if __name__ == "__main__":
    main()
