"""What the pool of a sweep has on one worker of the cluster.

Dask gives one to every worker while the sweep runs, also to those that join later, and ends it with the
worker. A child process starts when the worker gets a trial and has none that is idle. A flow that is killed
takes no leave: what it has on a worker ends when nothing was heard of it for a while, and with that the
stations on all workers. A flow that was only stopped for so long finds its trials still there, since Dask
knows that they are wanted; all else starts again with the next trial.
"""

import asyncio
import logging
import pickle
import secrets
import threading
import time
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
from sweepflow.workers.dask.workforce import GPU, INSTALL, Fault, slots_of
from sweepflow.workers.found_gpus import found_gpus
from sweepflow.workers.gpus import dealt
from sweepflow.workers.local.pool import LocalPool
from sweepflow.workers.log import note
from sweepflow.workers.work import Work

_WATCH_MILLISECONDS = 500
_SILENCE_SECONDS = 120.0
"""How long nothing may be heard of the flow where no trial runs."""
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
        self.is_ready = False
        """Whether it serves its worker."""
        self.client = ""
        """Dask's name of the flow's client."""
        self._setup = setup

    @property
    def gpus_per_trial(self) -> float | None:
        """How many of its worker's GPUs a trial gets; None: it sees what the worker sees."""
        return self._setup.gpus_per_trial

    async def setup(self, worker: Worker) -> None:
        """Begin to serve this worker; `fault` then says why trials cannot train here, None if they can."""
        logging.getLogger("distributed.worker").addFilter(_is_no_answer)
        self._worker = worker
        self._lock = threading.Lock()
        self._is_stopped = False
        self._executions: dict[str, Execution] = {}
        self._sees_folder = Path(self._setup.mark).is_file()
        self._settle()
        self._watch = PeriodicCallback(self._end_unwanted, _WATCH_MILLISECONDS)
        self.fault = await asyncio.to_thread(self._find_fault)
        self.hear_flow()
        self._looked = time.monotonic()
        if worker.plugins.get(self.name) is self:  # the sweep may have ended meanwhile
            self._watch.start()
        self.is_ready = True

    async def teardown(self, worker: Worker) -> None:  # noqa: ARG002
        """End every trial and all processes, and remove what the flow has sent."""
        self._watch.stop()
        with self._lock:
            self._is_stopped = True
        for execution in list(self._executions.values()):
            execution.give_up()  # the flow has to hear of a worker that ends, not of trials that were stopped
        await _remove(self._pool, self._folder)

    async def stop(self) -> None:
        """End every trial that runs here or comes later as canceled."""
        with self._lock:
            self._is_stopped = True
        if self._pool is not None:
            await asyncio.to_thread(self._pool.stop)

    def train(self, key: str, pickled: bytes) -> Message | None:
        """Train the trial, a pickled Work, if the flow still wants that; gives how it ended, as a message."""
        work: Work = pickle.loads(pickled)
        execution = Execution(self._worker, self._setup.pool, key, work, lambda: self._heard)
        with self._lock:
            self._executions[execution.id] = execution
        try:
            return self._train(execution)
        except Unwanted:
            return None
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

    def _train(self, execution: Execution) -> Message:
        roots = execution.begin(mirror=None if self._sees_folder else self._folder.name)
        if self._sees_folder:
            return execution.ended(self._local_pool().run(execution.work, execution.judge))
        self.mirror.add(roots)
        work = execution.work
        execution.work = self.mirror.work(work)
        try:
            end = self._local_pool().run(execution.work, execution.judge)
            self._clean_up(execution.work)
            return execution.ended(end, self.mirror.results(work))
        finally:
            self.mirror.remove(work)

    def _clean_up(self, work: Work) -> None:
        if work.job.folder is not None:
            try:
                self._trial().clean_up(work.job.folder)
            except (OSError, TrialError) as error:
                note(work.log, f"not everything could be removed: {error}")

    async def _end_unwanted(self) -> None:
        """Kill trials whose tasks were cancelled, as Dask does when their flow is gone; later, all else.

        Trials whose tasks were not are left alone, however long the flow is silent: it was stopped, and will
        go on with them.
        """
        for execution in list(self._executions.values()):
            task = self._worker.state.tasks.get(execution.key)
            if task is None or task.state not in _WANTED:
                execution.give_up()
                if self._pool is not None:
                    self._pool.kill_trial(execution.work, "nobody waits for its end any more")
        if time.monotonic() - self._heard > _SILENCE_SECONDS and not self._executions:
            await self._rest()
            await self._leave_unless_flow_is_there()

    async def _rest(self) -> None:
        """End the processes, and remove what the flow has sent, until a trial comes again."""
        with self._lock:
            if self._executions or (self._pool is None and not self._folder.exists()):
                return
            pool, folder = self._pool, self._folder
            self._settle()
        await _remove(pool, folder)

    async def _leave_unless_flow_is_there(self) -> None:
        """Unregister from the cluster once the flow is not connected any more; looks only now and then."""
        if time.monotonic() - self._looked <= _SILENCE_SECONDS:
            return
        self._looked = time.monotonic()
        with suppress(OSError, ValueError):  # it looks again; another worker was quicker
            events = await self._worker.scheduler.events(topic=self.client)  # kept for an hour
            if not events or events[-1][1].get("action") == "remove-client":
                await self._worker.scheduler.unregister_worker_plugin(name=self.name)

    def _settle(self) -> None:
        """Have no processes, and a new name for the folder, which the flow has sent nothing to."""
        self._folder = Path(self._worker.local_directory, f"{self.name}-{secrets.token_hex(8)}")
        self.mirror = Mirror(self._folder / "mirror")
        self._pool: LocalPool | None = None

    def _local_pool(self) -> LocalPool:
        """The processes, one for each trial that is here; Unwanted once the station was stopped."""
        with self._lock:
            if self._is_stopped:
                raise Unwanted
            if self._pool is None:
                self._pool = self._new_pool()
            self._pool.warm_up(len(self._executions))
            return self._pool

    def _new_pool(self) -> LocalPool:
        setup, environment, n_slots = self._setup, self._environment(), min(self._n_here, self._setup.slots)
        gpus = None
        if setup.gpus_per_trial is not None:
            gpus = dealt([gpu.name for gpu in found_gpus(environment).gpus], setup.gpus_per_trial)[:n_slots]
        return LocalPool(
            self._trial(),
            n_slots,
            setup.threads or max(1, self._worker.state.nthreads // self._n_here),
            private_folder(self._folder) / "workers.log",
            setup.trial_memory,
            environment=environment,
            gpus=gpus,
            n_warm=0,  # the sweep may train fewer trials here than the worker could
        )

    @property
    def _n_here(self) -> int:
        """How many trials the worker can train at once."""
        state = self._worker.state
        return slots_of(state.total_resources, state.nthreads, self._setup.gpus_per_trial)

    def _find_fault(self) -> Fault | None:
        """Why trials that Dask may bring here cannot train."""
        if what := different(self._setup.versions, own_versions()):
            return Fault(what, INSTALL)
        per_trial, n_named = self._setup.gpus_per_trial, self._worker.state.total_resources.get(GPU, 0.0)
        if per_trial is None or n_named < per_trial:
            return None
        found = found_gpus(self._environment())
        if len(dealt([gpu.name for gpu in found.gpus], per_trial)) >= min(self._n_here, self._setup.slots):
            return None
        there = f"it has {len(found.gpus)}" if found.gpus else found.why_none
        return Fault(f"names {GPU}={n_named:g}, and {there}", f"start it with the {GPU}s that it has")

    def _trial(self) -> TrialKind:
        kind, fields = kind_at(self._setup.kind), self._setup.trial
        return kind.model_validate(fields if self._sees_folder else self.mirror.trial(fields, kind.paths))

    def _environment(self) -> dict[str, str]:
        home, folders = self._setup.home, self._setup.folders
        if not self._sees_folder:
            home, folders = str(self.mirror.place(home)), tuple(map(self.mirror.moved, folders))
        own = {name: value for name, value in trial_environment().items() if name != _UNSET}
        return {**own, **self._setup.variables, **naming_home(home), **naming_folders(folders)}


async def _remove(pool: LocalPool | None, folder: Path) -> None:
    if pool is not None:
        await asyncio.to_thread(pool.close)
    with suppress(OSError):  # a trial may write there yet; the rest goes with the worker
        await asyncio.to_thread(remove_folder, folder)


def _is_no_answer(record: logging.LogRecord) -> bool:
    """Whether the record is not of a call that brings an answer or a beat: Dask logs a line for each."""
    return record.args not in ((hear.__name__,), (hear_flow.__name__,))
