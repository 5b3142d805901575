"""What a worker is given to do, and whom it asks."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from sweepflow.training.job import Job


class Work(NamedTuple):
    """One trial for a worker: the job, where its output and its model go, and its bounds.

    `timeout` is in seconds from the start of the training; `deadline`, of the whole sweep, is a time of
    time.monotonic().
    """

    job: Job
    log: Path
    model: Path
    timeout: float | None
    deadline: float | None

    def is_over(self) -> bool:
        """Whether the time of the whole sweep is over."""
        return self.deadline is not None and time.monotonic() >= self.deadline


def model_lost(reason: str) -> str:
    """The note on a trial that has its value, and whose model could not be made or written."""
    return f"the model cannot be saved: {reason}"


class Judge(NamedTuple):
    """What a worker asks about its trial.

    `report` takes the metrics of a report and tells whether to stop; `trained` takes the further metrics
    at the end of the training and tells whether the model is wanted.
    """

    report: Callable[[Mapping[str, object]], bool]
    trained: Callable[[Mapping[str, float]], bool]
