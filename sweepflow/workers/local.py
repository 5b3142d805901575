"""Trials on this machine: one warm child process per slot, killed when it must be."""

import queue
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from sweepflow import safe_path
from sweepflow.settings import trial_environment
from sweepflow.trial import TrialEnd, TrialState
from sweepflow.unions import SpecModel, WholeNumber
from sweepflow.workers import memory
from sweepflow.workers.channel import Message
from sweepflow.workers.conversation import supervise
from sweepflow.workers.guardian import Guardian
from sweepflow.workers.janitor import Janitor
from sweepflow.workers.work import Judge, Work
from sweepflow.workers.worker import Worker

_STOPPED = "the sweep was stopped"
_RESTART_SECONDS = 5.0
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


class LocalCompute(SpecModel):
    """Train in processes on the machine that runs the flow."""

    type: Literal["local"] = "local"
    threads_per_trial: WholeNumber | None = Field(
        default=None,
        ge=1,
        description="Threads that each trial's numeric libraries may use; empty: its share of the cores.",
    )

    def pool(
        self, trial: Any, slots: int, cores: int, log: Path, trial_memory: int | None = None
    ) -> "LocalPool":
        """The workers of one sweep; `log` takes what they print outside of trials."""
        threads = self.threads_per_trial or max(1, cores // slots)
        return LocalPool(trial.model_dump(mode="json"), slots, threads, log, trial_memory)


class LocalPool:
    """Runs trials, each in a child process of its own slot; as many at once as there are slots."""

    def __init__(
        self, trial: Mapping[str, Any], slots: int, threads: int, log: Path, trial_memory: int | None
    ) -> None:
        self._greeting: Message = {"trial": trial, "log": str(log)}
        environment = safe_path.for_trial(trial_environment(), runs_programs="function" in trial)
        self._environment = {**environment, **dict.fromkeys(_THREAD_VARIABLES, str(threads))}
        self._trial_memory = trial_memory
        self._is_closed = threading.Event()
        self._lock = threading.Lock()
        self._workers: set[Worker] = set()
        self._guardian = Guardian()
        # Linux kills a child with the *thread* that started it, so one thread starts them all.
        self._starter = ThreadPoolExecutor(max_workers=1)
        # What could not be started has its turn too; None: the pool is closed.
        self._idle: queue.SimpleQueue[Worker | OSError | None] = queue.SimpleQueue()
        for _ in range(slots):
            self._start_worker()
        self._janitor = Janitor(self._all_workers, log, trial_memory)

    def __enter__(self) -> "LocalPool":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, work: Work, judge: Judge) -> TrialEnd:
        """Train, however long it takes, and tell how it ended; waits for an idle child first."""
        worker = self._take()
        if worker is None:
            return TrialEnd(TrialState.CANCELED, _STOPPED, None)
        end = self._unstarted(worker) if isinstance(worker, OSError) else self._run(worker, work, judge)
        if self._is_closed.is_set() and (end.state is TrialState.FAILED or end.is_lost):
            return TrialEnd(TrialState.CANCELED, _STOPPED, end.seconds)
        return end

    def close(self) -> None:
        """Kill every child; trials that run, or wait for a child, end as canceled."""
        with self._lock:
            self._is_closed.set()
            for worker in self._workers:
                worker.strike()
            for worker in self._workers:
                worker.kill()
        with suppress(queue.Empty):
            while idle := self._idle.get_nowait():
                if isinstance(idle, Worker):
                    idle.bury()
        self._idle.put(None)
        self._janitor.close()
        self._starter.shutdown()
        self._guardian.close()

    def _run(self, worker: Worker, work: Work, judge: Judge) -> TrialEnd:
        try:
            end = supervise(worker, work, judge)
        except BaseException:
            worker.kill()  # it is in the middle of a trial
            raise
        finally:
            self._janitor.cut_log(work.log)
            self._give_back(worker)
        return end

    def _unstarted(self, error: OSError) -> TrialEnd:
        self._is_closed.wait(_RESTART_SECONDS)  # a system without processes to spare may recover
        self._start_worker()
        reason = f"no worker: its process could not be started: {error}"
        return TrialEnd(TrialState.FAILED, reason, None, is_lost=True)

    def _all_workers(self) -> tuple[Worker, ...]:
        with self._lock:
            return tuple(self._workers)

    def _take(self) -> Worker | OSError | None:
        """A child that idles, once there is one; None if the pool is closed."""
        while worker := self._idle.get():
            if isinstance(worker, OSError) or worker.is_alive or not worker.is_ready:
                return worker
            self._give_back(worker)  # it died between two trials, which is the fault of neither
        self._idle.put(None)  # for whoever else waits
        return None

    def _give_back(self, worker: Worker) -> None:
        if worker.is_alive and not self._is_bloated(worker):
            self._idle.put(worker)
        else:
            with self._lock:
                self._workers.discard(worker)
            worker.bury()
            self._start_worker()

    def _is_bloated(self, worker: Worker) -> bool:
        """Whether what its trials have left behind could cost the next one its life."""
        return self._trial_memory is not None and memory.holds_more([worker.pid], self._trial_memory // 2)

    def _start_worker(self) -> None:
        with self._lock:
            if self._is_closed.is_set():
                return
            try:
                worker = self._starter.submit(
                    Worker, self._environment, self._greeting, self._guardian
                ).result()
            except OSError as error:
                self._idle.put(error)
            else:
                self._workers.add(worker)
                self._idle.put(worker)
