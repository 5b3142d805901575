"""What the pool of a sweep has on one worker of the cluster.

Dask gives one to every worker while the sweep runs, also to those that join later, and ends it with the
worker. Its child processes start with the first trial that the worker gets. A flow that is killed takes no
leave: what it has on a worker ends when nothing was heard of it for a while.
"""

import asyncio
import logging
import pickle
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from distributed import Worker, WorkerPlugin
from tornado.ioloop import PeriodicCallback

from sweepflow.base.files import private_folder
from sweepflow.base.folders import remove_folder
from sweepflow.base.settings import naming_home, trial_environment
from sweepflow.errors import TrialError
from sweepflow.importing.user_modules import naming_folders
from sweepflow.training.kind import TrialKind, kind_at
from sweepflow.workers.dask.execution import Execution, Unwanted
from sweepflow.workers.dask.messages import Message
from sweepflow.workers.dask.mirror import Mirror
from sweepflow.workers.dask.task import hear, hear_flow
from sweepflow.workers.dask.versions import different, own_versions
from sweepflow.workers.dask.workforce import GPU, slots_of
from sweepflow.workers.found_gpus import found_gpus
from sweepflow.workers.gpus import dealt
from sweepflow.workers.local.pool import LocalPool
from sweepflow.workers.log import note
from sweepflow.workers.work import Work

_WATCH_MILLISECONDS = 500
_SILENCE_SECONDS = 120.0
"""How long nothing may be heard of the flow."""
_WANTED = ("executing", "long-running")
"""The states, in Dask's words, of a task that somebody waits for."""

# Dask's nanny sets it; it makes trees train in nearly twice the time.
_UNSET = "MALLOC_TRIM_THRESHOLD_"


class Setup(NamedTuple):
    """What a station has to know of its sweep."""

    pool: str
    """The name of the pool, which is also the station's."""
    kind: str
    """The path of the kind of trial, as of `path_of`."""
    trial: dict[str, Any]
    """The trial's fields in the spec."""
    slots: int
    """How many trials the sweep runs at once."""
    threads: int | None
    """Threads of each trial; None: its share of the worker's."""
    trial_memory: int | None
    variables: dict[str, str]
    """Environment variables in which the child processes have to agree with the flow."""
    home: str
    """The flow's `$SWEEPFLOW_HOME`."""
    folders: tuple[str, ...]
    """The folders of the user's modules."""
    mark: str
    """A file that is there for the workers that see the sweep's folder."""
    versions: dict[str, str | None]
    """What is installed where the flow runs."""
    gpus_per_trial: float | None


class Station(WorkerPlugin):  # type: ignore[misc]  # distributed has no types
    """The child processes on one worker that train the trials of one sweep."""

    def __init__(self, setup: Setup) -> None:
        self.name = f"sweepflow-{setup.pool}"
        self.pool_name = setup.pool
        self._setup = setup

    @property
    def gpus_per_trial(self) -> float | None:
        """How many of its worker's GPUs a trial gets; None: it sees what the worker sees."""
        return self._setup.gpus_per_trial

    def setup(self, worker: Worker) -> None:
        """Begin to serve this worker."""
        logging.getLogger("distributed.worker").addFilter(_is_no_answer)
        self._worker = worker
        self.fault = different(self._setup.versions, own_versions())
        self._lock = threading.Lock()
        self._pool: LocalPool | None = None
        self._is_stopped = False
        self._executions: dict[str, Execution] = {}
        folder = private_folder(Path(worker.local_directory, self.name))
        self.mirror = Mirror(folder / "mirror")
        self._log = folder / "workers.log"
        self._folder = folder
        self._sees_folder = Path(self._setup.mark).is_file()
        self.hear_flow()
        self._watch = PeriodicCallback(self._end_unwanted, _WATCH_MILLISECONDS)
        self._watch.start()

    async def teardown(self, worker: Worker) -> None:  # noqa: ARG002
        """End every trial and all processes, and remove what the flow has sent."""
        self._watch.stop()
        await self.stop()
        for execution in list(self._executions.values()):
            execution.give_up()
        if self._pool is not None:
            await asyncio.to_thread(self._pool.close)
        with suppress(OSError):  # a trial may write there yet; the rest goes with the worker
            await asyncio.to_thread(remove_folder, self._folder)

    async def stop(self) -> None:
        """End every trial that runs here or comes later as canceled."""
        with self._lock:
            self._is_stopped = True
        if self._pool is not None:
            await asyncio.to_thread(self._pool.stop)

    def train(self, key: str, pickled: bytes) -> None:
        """Train the trial, a pickled Work, if the flow still wants that; TrialError if it cannot be here."""
        if self.fault:
            raise TrialError(f"the worker {self._worker.address} {self.fault}")
        work: Work = pickle.loads(pickled)
        execution = Execution(self._worker, self._setup.pool, key, work)
        self._executions[execution.id] = execution
        try:
            self._train(execution)
        except Unwanted:
            return
        finally:
            del self._executions[execution.id]

    def hear_flow(self) -> None:
        """Note that the flow is there."""
        self._heard = time.monotonic()

    def hear(self, execution: str, answer: Message) -> None:
        """Take an answer of the flow's to a trial, which may be over."""
        self.hear_flow()
        if (running := self._executions.get(execution)) is not None:
            running.hear(answer)

    def _train(self, execution: Execution) -> None:
        roots = execution.begin(sees_folder=self._sees_folder)
        if self._sees_folder:
            execution.ended(self._local_pool().run(execution.work, execution.judge))
            return
        self.mirror.add(roots)
        work = execution.work
        execution.work = self.mirror.work(work)
        try:
            end = self._local_pool().run(execution.work, execution.judge)
            self._clean_up(execution.work)
            execution.ended(end, self.mirror.results(work))
        finally:
            self.mirror.remove(work)

    def _clean_up(self, work: Work) -> None:
        if work.job.folder is not None:
            try:
                self._trial().clean_up(work.job.folder)
            except (OSError, TrialError) as error:
                note(work.log, f"not everything could be removed: {error}")

    async def _end_unwanted(self) -> None:
        """Kill trials whose tasks were cancelled, as Dask does when their flow is gone; later, all else."""
        for execution in list(self._executions.values()):
            task = self._worker.state.tasks.get(execution.key)
            if task is None or task.state not in _WANTED:
                execution.give_up()
                if self._pool is not None:
                    self._pool.kill_trial(execution.work, "nobody waits for its end any more")
        if time.monotonic() - self._heard > _SILENCE_SECONDS:
            await self.teardown(self._worker)

    def _local_pool(self) -> LocalPool:
        """The processes, which are started by the first call; Unwanted once the station was stopped."""
        with self._lock:
            if self._is_stopped:
                raise Unwanted
            if self._pool is None:
                self._pool = self._new_pool()
            return self._pool

    def _new_pool(self) -> LocalPool:
        state, setup, environment = self._worker.state, self._setup, self._environment()
        n_here = slots_of(state.total_resources, state.nthreads, setup.gpus_per_trial)
        n_slots = min(n_here, setup.slots)
        return LocalPool(
            self._trial(),
            n_slots,
            setup.threads or max(1, state.nthreads // n_here),
            self._log,
            setup.trial_memory,
            environment=environment,
            gpus=self._gpus(n_slots, environment),
        )

    def _gpus(self, n_slots: int, environment: Mapping[str, str]) -> list[str] | None:
        """The GPUs of each slot; TrialError if the worker has named more than there are."""
        if self._setup.gpus_per_trial is None:
            return None
        found = found_gpus(environment)
        names = dealt([gpu.name for gpu in found.gpus], self._setup.gpus_per_trial)
        if len(names) < n_slots:
            n_named = self._worker.state.total_resources[GPU]
            there = f"it has {len(found.gpus)}" if found.gpus else found.why_none
            raise TrialError(f"the worker {self._worker.address} names {GPU}={n_named:g}, and {there}")
        return names[:n_slots]

    def _trial(self) -> TrialKind:
        kind, fields = kind_at(self._setup.kind), self._setup.trial
        return kind.model_validate(fields if self._sees_folder else self.mirror.trial(fields, kind.paths))

    def _environment(self) -> dict[str, str]:
        home, folders = self._setup.home, self._setup.folders
        if not self._sees_folder:
            home, folders = str(self.mirror.place(home)), tuple(map(self.mirror.moved, folders))
        own = {name: value for name, value in trial_environment().items() if name != _UNSET}
        return {**own, **self._setup.variables, **naming_home(home), **naming_folders(folders)}


def _is_no_answer(record: logging.LogRecord) -> bool:
    """Whether the record is not of a call that brings an answer or a beat: Dask logs a line for each."""
    return record.args not in ((hear.__name__,), (hear_flow.__name__,))
