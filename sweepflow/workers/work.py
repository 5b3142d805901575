"""What a worker is given to do, and whom it asks."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from sweepflow.training.job import Job

GRACE_SECONDS = 5.0


class Work(NamedTuple):
    """One trial for a worker: the job, where its output and its model go, and its bounds in seconds.

    It can be pickled, and means the same on another machine that has these folders.
    """

    job: Job
    log: Path
    model: Path
    timeout: float | None = None
    """From the start of the training; None for no limit."""
    time_left: float | None = None
    """Of the whole sweep, when the pool is given the trial; None for no limit."""
    grace: float = GRACE_SECONDS
    """How long a trial may go on after it was told to stop, or after the time of the sweep is over."""


class Judge(NamedTuple):
    """What a worker asks about its trial.

    `report` takes the metrics of a report, each a float or the text of what is none, and tells whether to
    stop; `trained` takes the further metrics at the end of the training and tells whether the model is
    wanted.
    """

    report: Callable[[Mapping[str, object]], bool]
    trained: Callable[[Mapping[str, float]], bool]
