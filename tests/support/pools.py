"""Pools of real worker processes, for tests that run trials in them."""

import os
import time
from itertools import count
from pathlib import Path

from sweepflow.testing.pools import Recorder
from sweepflow.training import FunctionTrial
from sweepflow.training.job import Job
from sweepflow.trials.objective import Objective
from sweepflow.trials.state import TrialEnd, TrialState
from sweepflow.workers import LocalCompute, Work
from sweepflow.workers.work import GRACE_SECONDS

TESTS = Path(__file__).parents[1]
OBJECTIVE = Objective(primary_metric="score", goal="maximize")


class Runner:
    """Runs trials in a pool, each with a log and a note of its own."""

    def __init__(self, pool, folder: Path) -> None:
        self.pool = pool
        self._folder = folder
        self._numbers = count()

    def work(self, act: str, *, timeout=None, time_left=None, grace=GRACE_SECONDS, **parameters) -> Work:
        number = next(self._numbers)
        path = self._folder / f"{number}.note"
        return Work(
            job=Job(
                parameters={"act": act, "note": str(path), **parameters},
                data=None,
                objective=OBJECTIVE,
                metrics=(),
            ),
            log=self._folder / f"{number}.log",
            model=self._folder / f"{number}.skops",
            timeout=timeout,
            time_left=time_left,
            grace=grace,
        )

    def run(self, act: str, recorder: Recorder | None = None, **options) -> tuple[TrialEnd, Work]:
        work = self.work(act, **options)
        return self.pool.run(work, (recorder or Recorder()).judge), work

    def pid(self) -> int:
        """Run a trial; gives the ID of the process that ran it."""
        end, work = self.run("note_pid")
        assert end == TrialEnd(TrialState.COMPLETED, None, end.seconds)
        return int(note(work))


def new_pool(folder: Path, slots: int = 1, cores: int = 3, trial_memory=None, **options):
    trial = FunctionTrial(function="trainers:act")
    return LocalCompute(**options).pool(trial, slots, cores, folder / "workers.log", trial_memory)


def note(work: Work) -> str:
    return Path(work.job.parameters["note"]).read_text()


def until(condition, seconds=60.0, pause=0.01):
    """Wait until the condition gives something true, and return it; fail after that many seconds."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(pause)
    return value


def has_note(work: Work) -> bool:
    return Path(work.job.parameters["note"]).exists()


def is_known(pid: int) -> bool:
    """Whether the system still lists the process: it runs, or nobody has waited for its end."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def is_running(pid: int) -> bool:
    if not is_known(pid):
        return False
    stat = Path(f"/proc/{pid}/stat")
    try:
        return not stat.parent.parent.exists() or ") Z " not in stat.read_text()
    except OSError:
        return False
