"""The base classes of every compute and of its pool of workers."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Self

from sweepflow.errors import Problem
from sweepflow.fields.model import SpecModel
from sweepflow.training.kind import TrialKind
from sweepflow.trials.state import TrialEnd
from sweepflow.workers.work import Judge, Work


class Pool(ABC):
    """The workers of one sweep, which train as many trials at once as there are slots.

    Its methods may be called from many threads. Whatever a trial or its worker does ends that trial alone:
    the next one gets a working worker. `sweepflow.testing.pools` tests a pool for all this.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def run(self, work: Work, judge: Judge) -> TrialEnd:
        """Wait for a free slot, train the trial, however long it takes, and return how it ended.

        The judge decides on each report, one after the other, before the trial goes on, and once on the
        model when the training is over. A trial that the judge stops may still hand over a model, and is
        killed if it goes on for longer than `work.grace`; it ends as `completed`, because only the judge
        knows why it had to stop. An exception of the judge ends the trial and is raised. `judge.began` is for
        what may wait until the worker has its trial; a pool that does not call it delays that until a report.

        Otherwise a trial ends as `failed` by an error of its own (the reason is `ValueError: ` and the
        message, the traceback is in the log) or by the death of its worker, as `timed_out` if it was killed
        after `work.timeout`, and as `canceled` if the pool was stopped or the sweep had no more time
        (`work.time_left`); in the latter case it may still stop at its next report and keep its model.
        `is_lost` is True if the system ended the worker or none could be started, and False if the trial
        itself is to blame.

        On return, `work.log` holds the trial's output, and `work.model` the model if the judge kept it.
        """

    def waits_for(self) -> str | None:
        """What its trials wait for that is not there, in a sentence; None if they can train."""
        return None

    @abstractmethod
    def stop(self) -> None:
        """End every trial that runs, waits or comes later as canceled; a second call does nothing."""

    @abstractmethod
    def close(self) -> None:
        """Stop, and free everything that the pool holds; a second call does nothing."""


class BaseCompute(SpecModel, ABC):
    """A place where trials train, as a spec names it; a subclass has the literal field `type`."""

    def slots(self, cores: int) -> int:
        """How many trials run at once by default, on a machine with so many cores."""
        return cores

    def most_slots(self) -> int | None:
        """How many trials can run at once, whatever the spec asks for; None if any number can."""
        return None

    def threads(self, slots: int, cores: int) -> int:
        """How many threads each trial may use, by default its share of the cores."""
        return max(1, cores // slots)

    def notices(self, slots: int, cores: int, trial_memory: int | None) -> list[str]:  # noqa: ARG002
        """What the user should know about so many slots and this memory limit in bytes (None: no limit)."""
        return []

    def check(self, slots: int | None, *, is_trusted: bool) -> list[Problem]:  # noqa: ARG002
        """The problems that keep trials from training there; `slots` is None if the spec leaves them open.

        Unless `is_trusted`, the spec may come from a web form: then refuse places that are not allowed.
        """
        return []

    def allow_in_deployments(self) -> None:
        """Let the deployed flows that this process serves train there."""
        return

    @abstractmethod
    def pool(
        self, trial: TrialKind, slots: int, cores: int, log: Path, trial_memory: int | None = None
    ) -> Pool:
        """The workers of one sweep; `log` takes their output outside of trials.

        `cores` are those of the machine that runs the flow; `trial_memory` is the limit of a trial in bytes.
        """
