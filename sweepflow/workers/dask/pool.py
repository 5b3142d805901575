"""The pool of the compute `dask`: a task per trial."""

import itertools
import queue
import secrets
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from sweepflow.base.settings import home, trial_environment
from sweepflow.importing.user_modules import all_folders
from sweepflow.training.kind import TrialKind, path_of
from sweepflow.trials.state import TrialEnd, TrialState
from sweepflow.workers.dask.cluster import LocalCluster
from sweepflow.workers.dask.delivery import Delivery
from sweepflow.workers.dask.goods import goods_of_sweep
from sweepflow.workers.dask.link import Link
from sweepflow.workers.dask.lost import Misplaced
from sweepflow.workers.dask.own_log import logging_to
from sweepflow.workers.dask.remote import RemoteTrial, Transport
from sweepflow.workers.dask.station import Setup, Station
from sweepflow.workers.dask.versions import own_versions
from sweepflow.workers.ends import out_of_time, stopped
from sweepflow.workers.pool import Pool
from sweepflow.workers.work import GRACE_SECONDS, Judge, Work

_STOP_SECONDS = GRACE_SECONDS + 5.0


class DaskPool(Pool):
    """Runs trials on the workers of a Dask cluster."""

    def __init__(
        self,
        trial: TrialKind,
        slots: int,
        threads: int | None,
        trial_memory: int | None,
        log: Path,
        cluster: LocalCluster | str,
        gpus_per_trial: float | None = None,
    ) -> None:
        """The cluster is the address of a scheduler, or a local one, which is closed with the pool.

        `log` takes what Dask logs in this process. Raises SchedulerLost or ClusterUnfit if the cluster does
        not answer or cannot train the trials.
        """
        self._is_stopped = threading.Event()
        self._lock = threading.Lock()
        self._running: set[RemoteTrial] = set()
        self._numbers = itertools.count(1)
        self._name = secrets.token_hex(8)
        self._slots: queue.SimpleQueue[bool] = queue.SimpleQueue()
        for _ in range(slots):
            self._slots.put(True)
        mark = log.with_name(f"pool-{self._name}")
        setup = _setup(self._name, trial, slots, threads, trial_memory, mark, gpus_per_trial)
        with ExitStack() as stack:
            if isinstance(cluster, LocalCluster):
                stack.callback(cluster.close)
            stack.enter_context(logging_to(log))
            stack.callback(mark.unlink, missing_ok=True)
            mark.touch(mode=0o600)
            self._link = _connect(Station(setup), cluster)
            stack.callback(self._link.close)
            self._open = stack.pop_all()
        delivery = Delivery(
            self._link.call, lambda: goods_of_sweep(setup.trial, type(trial).paths, setup.folders)
        )
        self._transport = Transport(self._link.answer, delivery.deliver, delivery.collect)

    def run(self, work: Work, judge: Judge) -> TrialEnd:
        """Wait for a free slot, let a worker of the cluster train the trial, and return how it ended."""
        deadline = None if work.time_left is None else time.monotonic() + work.time_left
        if not self._take_slot(deadline):
            return stopped(None) if self._is_stopped.is_set() else out_of_time(None)
        try:
            end = self._run(work, judge, deadline)
        finally:
            self._slots.put(True)
        if self._is_stopped.is_set() and (end.state is TrialState.FAILED or end.is_lost):
            return stopped(end.seconds)
        return end

    def waits_for(self) -> str | None:
        """That there is no worker, in a sentence; None if there is one."""
        return self._link.waits_for()

    def stop(self) -> None:
        """End every trial; those that run, wait or come later end as canceled."""
        with self._lock:
            if self._is_stopped.is_set():
                return
            self._is_stopped.set()
            running = tuple(self._running)
        self._slots.put(False)
        for trial in running:
            trial.stop()
        if running:
            self._link.stop_stations(_STOP_SECONDS)

    def close(self) -> None:
        """Stop, disconnect from the cluster, and end a local one."""
        self.stop()
        self._open.close()

    def _run(self, work: Work, judge: Judge, deadline: float | None) -> TrialEnd:
        while (end := self._submitted(work, judge, deadline)) is None:
            pass
        return end

    def _submitted(self, work: Work, judge: Judge, deadline: float | None) -> TrialEnd | None:
        """The end of the trial; None if its task has to be submitted again, as another one."""
        key = f"trial-{work.job.number:04d}-{self._name}-{next(self._numbers)}"
        trial = RemoteTrial(work, judge, deadline, self._transport)
        with self._lock:
            if self._is_stopped.is_set():
                return stopped(None)
            self._running.add(trial)
        future = None
        try:
            future = self._link.submit(key, work, trial)
            judge.began()
            return trial.until_end()
        except Misplaced:
            return None
        finally:
            with self._lock:
                self._running.discard(trial)
            self._link.forget(key, future, is_over=trial.has_ended)

    def _take_slot(self, deadline: float | None) -> bool:
        """Wait for a free slot; False if the pool was stopped, or the sweep's time is over."""
        try:
            wait = None if deadline is None else max(0.0, deadline - time.monotonic())
            if self._slots.get(timeout=wait):
                return True
        except queue.Empty:
            return False
        self._slots.put(False)  # for the other threads that wait
        return False


def _connect(station: Station, cluster: LocalCluster | str) -> Link:
    if isinstance(cluster, LocalCluster):
        return Link(station, cluster.client_arguments(), "the local Dask cluster")
    return Link(station, {"address": cluster}, f"compute.address: the Dask scheduler at {cluster}")


def _setup(
    name: str,
    trial: TrialKind,
    slots: int,
    threads: int | None,
    trial_memory: int | None,
    mark: Path,
    gpus_per_trial: float | None,
) -> Setup:
    return Setup(
        pool=name,
        kind=path_of(type(trial)),
        trial=trial.model_dump(mode="json"),
        slots=slots,
        threads=threads,
        trial_memory=trial_memory,
        variables=_variables(trial),
        home=str(home()),
        folders=tuple(all_folders()),
        mark=str(mark.absolute()),
        versions=own_versions(),
        gpus_per_trial=gpus_per_trial,
    )


def _variables(trial: TrialKind) -> dict[str, str]:
    """The settings of this installation, and what the trials need of the environment."""
    variables = trial_environment()
    return {
        name: value
        for name, value in variables.items()
        if name.startswith("SWEEPFLOW_") or name in trial.needed_variables
    }
