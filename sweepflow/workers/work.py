"""A trial for a worker, and the judge that decides on its reports."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from sweepflow.training.job import Job

GRACE_SECONDS = 5.0


class Work(NamedTuple):
    """One trial for a worker: the job, the files for its output and its model, and time limits in seconds.

    It can be pickled, and is valid on another machine that has these folders.
    """

    job: Job
    log: Path
    model: Path
    timeout: float | None = None
    """Counted from the start of the training; None for no limit."""
    time_left: float | None = None
    """What is left of the sweep's time when the pool gets the trial; None for no limit."""
    grace: float = GRACE_SECONDS
    """How long a trial may go on after the judge stopped it, or after the sweep's time is over."""


def _nothing() -> None:
    return


class Judge(NamedTuple):
    """Decides whether a trial stops, and whether its model is kept.

    `report` takes the metrics of a report, each a float or, for any other value, its text, and returns
    whether the trial has to stop. `trained` takes the further metrics at the end of the training, and returns
    whether to keep the model.
    """

    report: Callable[[Mapping[str, object]], bool]
    trained: Callable[[Mapping[str, float]], bool]
    began: Callable[[], None] = _nothing
