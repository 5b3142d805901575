"""The own cost of a trial that is a command: the copy of its code, its start, and removing what it left.

Each trial is paired with the same command run by `subprocess`, in turn, so that what the command itself takes
cancels out.
"""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from sweepflow.training import CommandTrial
from sweepflow.training.job import Job
from sweepflow.trials.objective import Objective
from sweepflow.workers import Judge, LocalCompute, Work

LIMIT_MS = 60.0
N_FILES, FILE_BYTES = 100, 10_000
LINE = """echo '{"score": 1}' >> "$SWEEPFLOW_METRICS" """
_OBJECTIVE = Objective(primary_metric="score", goal="maximize")


def own_cost(n: int) -> tuple[float, float, float]:
    """Milliseconds of a trial, of the command alone, and of the difference: medians over n pairs."""
    with tempfile.TemporaryDirectory() as folder:
        code = _code(Path(folder, "src"))
        alone = {**os.environ, "SWEEPFLOW_METRICS": str(Path(folder, "metrics"))}
        with _trials(Path(folder), code) as run_trial:
            pairs = []
            for _ in range(n + 1):
                command = _milliseconds(
                    lambda: subprocess.run(["bash", "-c", LINE], cwd=code, env=alone, check=True)
                )
                pairs.append((_milliseconds(run_trial), command))
    pairs = pairs[1:]  # the first one waited for the worker's start
    trials, commands = zip(*pairs, strict=True)
    own = statistics.median(trial - command for trial, command in pairs)
    return statistics.median(trials), statistics.median(commands), own


def _code(folder: Path) -> Path:
    for number in range(N_FILES):
        file = folder / f"package{number % 5}" / f"module{number}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(os.urandom(FILE_BYTES))
    return folder


@contextmanager
def _trials(home: Path, code: Path) -> Iterator[Callable[[], None]]:
    trial, numbers = CommandTrial(command=LINE, code=str(code)), count()
    with LocalCompute().pool(trial, 1, 1, home / "workers.log") as pool:

        def run() -> None:
            folder = home / f"sweeps/benchmark/trials/{next(numbers):04d}"
            folder.mkdir(parents=True)
            job = Job(parameters={}, data=None, objective=_OBJECTIVE, metrics=(), folder=folder)
            work = Work(job, folder / "log.txt", folder / "model.skops")
            end = pool.run(work, Judge(lambda _: False, lambda _: False))
            trial.clean_up(folder)
            if end.reason:
                raise RuntimeError(end.reason)

        yield run


def _milliseconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return (time.perf_counter() - started) * 1000
