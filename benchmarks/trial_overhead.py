"""The overhead of a trial: no-op trials compared with Prefect's own mapped no-op task runs.

Then that of a trial that is a command, compared with the command alone (`command_trial.py`).

Both flows run in turn in one process. Each ends only when Prefect has recorded its task runs, so that neither
pays for the other's backlog. Prints milliseconds per trial, including the start and end of the flows.

    python benchmarks/trial_overhead.py [--trials 500] [--rounds 3] [--commands 50]
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from uuid import UUID

os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
sys.path.insert(0, str(Path(__file__).parent))

import sweepflow.flows  # noqa: F401, I001  sets the server up; before Prefect
import command_trial
from prefect import flow, runtime, task
from prefect.cache_policies import NO_CACHE
from prefect.task_runners import ThreadPoolTaskRunner

from sweepflow.flows.engine.recorder import wait_until_recorded
from sweepflow.flows.tune import tune

LIMIT_MS = 12.0


@task(cache_policy=NO_CACHE)
def noop(number: int) -> int:
    return number


@flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
def mapped_noops(n: int) -> None:
    noop.map(range(n)).wait()
    wait_until_recorded(UUID(runtime.flow_run.id), n)


def sweep(n: int) -> None:
    tune(
        trial={"function": "noop_trainer:train"},
        search_space={"x": {"type": "uniform", "min_value": 0, "max_value": 1}},
        sampling_algorithm={"type": "random", "seed": 0},
        objective={"primary_metric": "score", "goal": "maximize"},
        limits={"max_total_trials": n, "max_concurrent_trials": 2},
    )


def milliseconds(run: Callable[[int], None], n: int) -> float:
    started = time.perf_counter()
    run(n)
    return (time.perf_counter() - started) / n * 1000


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--trials", type=int, default=500)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--commands", type=int, default=50)
    options = arguments.parse_args()
    names = ("prefect", "sweepflow", "scikit-learn")
    print(", ".join(f"{name} {version(name)}" for name in names), f"python {sys.version.split()[0]}")
    with tempfile.TemporaryDirectory() as home:
        os.environ["SWEEPFLOW_HOME"] = home
        mapped_noops(10)
        sweep(10)
        rounds = []
        for _ in range(options.rounds):
            base = milliseconds(mapped_noops, options.trials)
            ours = milliseconds(sweep, options.trials)
            rounds.append((base, ours))
            print(f"mapped no-op {base:5.1f} ms    trial {ours:5.1f} ms    difference {ours - base:5.1f} ms")
    difference = statistics.median(ours - base for base, ours in rounds)
    print(f"median difference {difference:.1f} ms a trial over {options.trials} trials (limit {LIMIT_MS:g})")
    trial, alone, own = command_trial.own_cost(options.commands)
    print(f"command trial {trial:5.1f} ms    the command alone {alone:5.1f} ms")
    print(
        f"median own cost {own:.1f} ms a trial over {options.commands} pairs "
        f"(limit {command_trial.LIMIT_MS:g})"
    )
    sys.exit(difference > LIMIT_MS or own > command_trial.LIMIT_MS)


if __name__ == "__main__":
    main()
