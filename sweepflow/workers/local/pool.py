"""The pool of child processes of the compute `local`, one per slot."""

import queue
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from sweepflow.base.settings import cores
from sweepflow.training.kind import TrialKind
from sweepflow.trials.state import TrialEnd, TrialState
from sweepflow.workers.ends import no_worker, stopped
from sweepflow.workers.gpus import variables
from sweepflow.workers.local import memory
from sweepflow.workers.local.children import Children, shared_children
from sweepflow.workers.local.conversation import supervise
from sweepflow.workers.local.janitor import Janitor
from sweepflow.workers.local.worker import Slot, Worker
from sweepflow.workers.pool import Pool
from sweepflow.workers.work import GRACE_SECONDS, Judge, Work

_RESTART_SECONDS = 5.0
_PAUSE_SECONDS = 0.02
_LOOK_SECONDS = 0.005
_LONGEST_FOR_A_CORE = 3.0  # seconds


class _NotStarted(NamedTuple):
    """A worker that could not be started."""

    error: Exception
    slot: Slot


class LocalPool(Pool):
    """Runs trials in child processes, one per slot."""

    def __init__(
        self,
        trial: TrialKind,
        slots: int,
        threads: int,
        log: Path,
        trial_memory: int | None,
        environment: Mapping[str, str] | None = None,
        gpus: Sequence[str] | None = None,
        n_warm: int | None = None,
    ) -> None:
        """The environment, by default this process's, is that of the workers but for what `trial` changes.

        `gpus` has what CUDA_VISIBLE_DEVICES is in each slot; without it, the workers have the environment's.
        `n_warm` workers start now, the others by `warm_up`; None: all.
        """
        shared = shared_children(trial) if environment is None else None
        self._children = shared or Children(trial, threads, environment)
        self._has_own_children = shared is None
        self._setup = {**self._children.setup, "log": str(log)}
        self._n_slots = slots
        environment = self._children.environment
        own: list[Slot] = [{}] * slots if gpus is None else [variables(names, environment) for names in gpus]
        self._trial_memory = trial_memory
        self._ends_softly = trial.ends_softly
        self._is_stopped = threading.Event()
        self._lock = threading.Lock()
        self._workers: set[Worker] = set()
        # Linux kills a child with the *thread* that started it, so one thread starts them all.
        self._starter = ThreadPoolExecutor(max_workers=1)
        # None: the pool was stopped.
        self._idle: queue.SimpleQueue[Worker | _NotStarted | None] = queue.SimpleQueue()
        self._most_starting = cores()
        self._cold = own[slots if n_warm is None else n_warm :]
        self._start_all(own[: slots - len(self._cold)])
        self._janitor = Janitor(self._all_workers, log, trial_memory)

    def run(self, work: Work, judge: Judge) -> TrialEnd:
        """Wait for an idle worker, train the trial, and return how it ended."""
        deadline = None if work.time_left is None else time.monotonic() + work.time_left
        if self._idle.empty():
            judge.began()
        worker = self._take()
        if worker is None:
            return stopped(None)
        if isinstance(worker, _NotStarted):
            end = self._start_again(worker)
        else:
            end = self._run(worker, work, judge, deadline)
        if self._is_stopped.is_set() and (end.state is TrialState.FAILED or end.is_lost):
            return stopped(end.seconds)
        return end

    def warm_up(self, n: int) -> None:
        """Start workers until there are n, or one for each slot; does not wait for them."""
        with self._lock:
            n_missing = max(0, n - (self._n_slots - len(self._cold)))
            slots, self._cold = self._cold[:n_missing], self._cold[n_missing:]
        for slot in slots:
            self._start_later(slot)

    def stop(self) -> None:
        """End every worker; trials that run, or wait for a worker, end as canceled."""
        with self._lock:
            self._is_stopped.set()
            workers = tuple(self._workers)
        try:
            self._end_softly(workers)
        finally:
            for worker in workers:
                worker.begin_kill()
            for worker in workers:
                worker.kill()
        with suppress(queue.Empty):
            while idle := self._idle.get_nowait():
                if isinstance(idle, Worker):
                    idle.dispose()
        self._idle.put(None)
        self._janitor.close()

    def kill_trial(self, work: Work, reason: str) -> None:
        """Kill the worker that trains this trial, if one does."""
        for worker in self._all_workers():
            worker.kill_trial(work, reason)

    def close(self) -> None:
        """Kill every worker, and end the thread that starts them, and what they are forked from."""
        self.stop()
        if self._has_own_children:
            self._children.stop()  # whoever waits for its first worker waits no longer
        self._starter.shutdown()
        if self._has_own_children:
            self._children.close()

    def _run(self, worker: Worker, work: Work, judge: Judge, deadline: float | None) -> TrialEnd:
        try:
            end = supervise(worker, work, judge, deadline)
        except BaseException:
            worker.kill()  # it is still in the middle of a trial
            raise
        finally:
            self._janitor.cut_log(work.log)
            self._give_back(worker)
        return end

    def _end_softly(self, workers: Sequence[Worker]) -> None:
        """Give trials that end by themselves when they are asked to a moment for that."""
        for worker in workers:
            worker.begin_end()
        latest = time.monotonic() + GRACE_SECONDS
        while self._ends_softly and any(worker.is_busy for worker in workers) and time.monotonic() < latest:
            time.sleep(_PAUSE_SECONDS)

    def _start_again(self, failure: _NotStarted) -> TrialEnd:
        if self._is_stopped.is_set():
            return stopped(None)
        if not isinstance(failure.error, OSError):
            self._start_later(failure.slot)
            raise failure.error
        self._is_stopped.wait(_RESTART_SECONDS)  # the system may have no processes to spare just now
        self._start_later(failure.slot)
        return no_worker(f"its process could not be started: {failure.error}")

    def _all_workers(self) -> tuple[Worker, ...]:
        with self._lock:
            return tuple(self._workers)

    def _take(self) -> Worker | _NotStarted | None:
        """An idle worker, as soon as there is one, or one that could not be started.

        None if the pool was stopped.
        """
        while worker := self._idle.get():
            if isinstance(worker, _NotStarted) or worker.is_alive or not worker.is_ready:
                return worker
            self._give_back(worker)  # it died between two trials, and neither is to blame
        self._idle.put(None)  # for the other threads that wait
        return None

    def _give_back(self, worker: Worker) -> None:
        if worker.is_alive and not self._is_bloated(worker):
            self._idle.put(worker)
        else:
            with self._lock:
                self._workers.discard(worker)
            worker.dispose()
            self._start_later(worker.slot)

    def _is_bloated(self, worker: Worker) -> bool:
        """Whether its trials have left so much memory behind that the next one could exceed its limit."""
        return self._trial_memory is not None and memory.holds_more([worker.pid], self._trial_memory // 2)

    def _new_worker(self, slot: Slot) -> Worker:
        return Worker(
            {**self._children.environment, **slot},
            self._setup,
            self._children.guardian,
            slot,
            self._children.start,
            ends_softly=self._ends_softly,
        )

    def _start_all(self, slots: Sequence[Slot]) -> None:
        n_at_once = 0 if self._children.is_forking else self._most_starting
        starts = [self._starter.submit(self._start_or_tell, slot) for slot in slots]
        wait(starts[:n_at_once])

    def _start_later(self, slot: Slot) -> None:
        """Start a worker once it is its turn; that can take minutes, so this does not wait for it."""
        with self._lock:
            if not self._is_stopped.is_set():
                self._starter.submit(self._start_or_tell, slot)

    def _wait_for_a_core(self) -> None:
        """Wait while as many workers import as there are cores, but not long: an import may wait itself.

        If many did at once, the first trial would begin when the last worker is ready, and those that train
        would wait for an answer to their reports meanwhile.
        """
        latest = time.monotonic() + _LONGEST_FOR_A_CORE
        while sum(worker.is_starting for worker in self._all_workers()) >= self._most_starting:
            if self._is_stopped.wait(_LOOK_SECONDS) or time.monotonic() >= latest:
                break

    def _start_or_tell(self, slot: Slot) -> None:
        """Start a worker, or tell the next trial why there is none."""
        self._wait_for_a_core()
        if self._is_stopped.is_set():
            return
        try:
            worker = self._new_worker(slot)
        except Exception as error:  # noqa: BLE001  nobody waits for this call: the next trial raises it
            self._idle.put(_NotStarted(error, slot))
            return
        with self._lock:
            if not self._is_stopped.is_set():
                self._workers.add(worker)
                self._idle.put(worker)
                return
        worker.dispose()
