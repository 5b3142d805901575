"""What every compute and its pool must do, wherever the trials train."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Self

from sweepflow.fields.model import SpecModel
from sweepflow.training.kind import TrialKind
from sweepflow.trials.state import TrialEnd
from sweepflow.workers.work import Judge, Work


class Pool(ABC):
    """The workers of one sweep, which train as many trials at once as there are slots.

    Its methods may be called from many threads. Whatever a trial or its worker does is the end of that
    trial alone: the next one gets a worker that works. `sweepflow.testing.pools` holds a pool to all this.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def run(self, work: Work, judge: Judge) -> TrialEnd:
        """Have the trial trained, however long it takes, and tell how it ended; waits for a free slot first.

        The judge is asked about each report, one after the other, before the trial goes on, and once about
        the model when the training is over. A trial that it stops may still hand over a model, and is killed
        if it goes on for longer than `work.grace`; it is `completed`, for only the judge knows why it was to
        stop. What the judge raises ends the trial and is raised.

        Else a trial is `failed` by an error of its own (the reason is `ValueError: ` and what it says, the
        traceback is in the log) or the death of its worker, `timed_out` when it was killed after
        `work.timeout`, and `canceled` when the pool was stopped or the sweep had no more time
        (`work.time_left`); the latter may still stop at its next report and keep its model. `is_lost` tells
        the death of a worker that the system took away, or that could not be had, from a fault of the trial.

        When it returns, `work.log` has what the trial printed, and `work.model` the model that was wanted.
        """

    @abstractmethod
    def stop(self) -> None:
        """End every trial that runs, waits or comes later as canceled; does nothing the second time."""

    @abstractmethod
    def close(self) -> None:
        """Stop, and give back all that the pool holds; does nothing the second time."""


class BaseCompute(SpecModel, ABC):
    """A place where trials train, as a spec names it; a subclass has the literal field `type`."""

    def slots(self, cores: int) -> int:
        """How many trials run at once if the limits do not say, asked on a machine with so many cores."""
        return cores

    def notices(self, slots: int, cores: int, trial_memory: int | None) -> list[str]:  # noqa: ARG002
        """What to know of so many slots, and of a limit of memory in bytes (None: there is none) here."""
        return []

    @abstractmethod
    def pool(
        self, trial: TrialKind, slots: int, cores: int, log: Path, trial_memory: int | None = None
    ) -> Pool:
        """The workers of one sweep; `log` takes what they print outside of trials.

        `cores` are those of the machine that asks; `trial_memory` is how many bytes a trial may hold.
        """
