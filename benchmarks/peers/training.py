"""How the tools are asked to train, and what is measured of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from workloads import WORKLOADS, Data, Workload


class Task(NamedTuple):
    """So many trials of a workload, so many at a time."""

    workload: str
    n_trials: int
    n_workers: int
    folder: Path
    """Where the data of the workload is, if it is big."""
    own_folder: Path
    """Where a tool keeps files of its own."""

    @property
    def of(self) -> Workload:
        return WORKLOADS[self.workload]

    @property
    def data(self) -> Data:
        return self.of.data(self.folder)


class Stopwatch:
    """The seconds of the block; what a tool starts once and keeps has been started before it."""

    seconds = 0.0
    training_seconds: float | None = None
    """Of all trials together, where the tool says so."""

    @contextmanager
    def running(self) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds = time.perf_counter() - began

    def figures(self) -> dict[str, Any]:
        return {"seconds": self.seconds, "training_seconds": self.training_seconds}
