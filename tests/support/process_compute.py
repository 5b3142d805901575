"""A compute from outside: a new process of Python's own multiprocessing for each trial."""

import multiprocessing
import os
import sys
import threading
import time
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Literal

from pydantic import Field

from sweepflow.errors import TrialTerminated
from sweepflow.fields.model import WholeNumber
from sweepflow.models.model_file import save_model
from sweepflow.training.job import Trained
from sweepflow.trials.state import TrialEnd, TrialState
from sweepflow.workers import BaseCompute, Judge, Pool, Work
from sweepflow.workers.ends import out_of_time, stopped, timed_out

_PROCESSES = multiprocessing.get_context("forkserver")  # whose processes begin with all imports done
_PROCESSES.set_forkserver_preload(["process_compute", "sweepflow.testing.pool_trials", "skops.io"])


class ProcessCompute(BaseCompute):
    """Train each trial in a new process."""

    type: Literal["process"] = "process"
    niceness: WholeNumber = Field(default=0, ge=0, description="How far trials let others go first.")

    def slots(self, cores):
        return max(1, cores // 2)

    def notices(self, slots, cores, trial_memory):  # noqa: ARG002
        return [f"compute: {slots} processes start again for each trial"]

    def pool(self, trial, slots, cores, log, trial_memory=None):  # noqa: ARG002
        return ProcessPool(trial, slots, self.niceness)


class ProcessPool(Pool):
    def __init__(self, trial: Any, slots: int, niceness: int) -> None:
        self._trial, self._niceness = trial, niceness
        self._free = threading.Semaphore(slots)
        self._lock = threading.Lock()
        self._running: set[BaseProcess] = set()
        self._is_stopped = False

    def run(self, work: Work, judge: Judge) -> TrialEnd:
        sweeps_end = None if work.time_left is None else time.monotonic() + work.time_left
        with self._free:
            ours, theirs = _PROCESSES.Pipe()
            process = _PROCESSES.Process(target=train, args=(theirs, self._trial, work, self._niceness))
            with self._lock, theirs:
                if self._is_stopped:
                    return stopped(None)
                process.start()
                self._running.add(process)
            try:
                end = _Trial(process, ours, work, judge, sweeps_end).run()
            finally:
                process.kill()
                process.join()
                self._running.discard(process)
            is_torn = self._is_stopped and end.state is TrialState.FAILED
            return stopped(end.seconds) if is_torn else end

    def stop(self) -> None:
        with self._lock:
            self._is_stopped = True
            for process in self._running:
                process.kill()

    def close(self) -> None:
        self.stop()


class _Trial:
    """The sweep's side of a trial that runs in a process."""

    def __init__(
        self, process: BaseProcess, line: Connection, work: Work, judge: Judge, sweeps_end: float | None
    ) -> None:
        self._process, self._line, self._work, self._judge = process, line, work, judge
        self._started = time.monotonic()
        self._own_end = None if work.timeout is None else self._started + work.timeout
        self._sweeps_end = sweeps_end
        self._stopped_at: float | None = None
        self._has_reported = self._is_cut_off = False

    def run(self) -> TrialEnd:
        while True:
            kind, content = self._receive()
            if kind == "report":
                self._answer(self._must_stop(content))
            elif kind == "trained":
                self._answer(self._judge.trained(content))
            else:
                return self._end(kind, content)

    def _must_stop(self, metrics: dict[str, float]) -> bool:
        stop, self._has_reported = self._judge.report(metrics), True
        self._is_cut_off = not stop and self._is_over()
        if stop or self._is_cut_off:
            self._stopped_at = time.monotonic()
        return stop or self._is_cut_off

    def _end(self, kind: str, content: Any) -> TrialEnd:
        seconds = time.monotonic() - self._started
        if self._is_cut_off or (kind == "late" and self._stopped_at is None and self._is_over()):
            return out_of_time(seconds)
        if kind == "late" and self._stopped_at is None:
            return timed_out(self._work, seconds)
        if kind == "failed":
            return TrialEnd(TrialState.FAILED, content, seconds)
        if kind == "gone" and self._stopped_at is None:
            self._process.join()
            code = self._process.exitcode or 0
            return TrialEnd(TrialState.FAILED, f"its process ended with {code}", seconds, is_lost=code < 0)
        return TrialEnd(TrialState.COMPLETED, None, seconds)

    def _is_over(self) -> bool:
        return self._sweeps_end is not None and time.monotonic() >= self._sweeps_end

    def _latest(self) -> float | None:
        grace = self._work.grace
        if self._stopped_at is not None:
            return self._stopped_at + grace
        sweeps = self._sweeps_end and self._sweeps_end + (grace if self._has_reported else 0)
        return min((end for end in (self._own_end, sweeps) if end is not None), default=None)

    def _answer(self, answer: bool) -> None:
        with suppress(BrokenPipeError):  # it is gone, which the next message shows
            self._line.send(answer)

    def _receive(self) -> tuple[str, Any]:
        latest = self._latest()
        if not self._line.poll(None if latest is None else max(0.0, latest - time.monotonic())):
            return "late", None
        try:
            return self._line.recv()
        except (EOFError, ConnectionError):
            return "gone", None


def train(line: Connection, trial: Any, work: Work, niceness: int) -> None:
    """Train one trial; runs in the trial's process."""
    os.nice(niceness)
    log = os.open(work.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    sys.stdout.reconfigure(line_buffering=True)

    def ask(kind: str, content: Any) -> bool:
        line.send((kind, content))
        return line.recv()

    def report(metrics: Any) -> None:
        if ask("report", {name: float(value) for name, value in metrics.items()}):
            raise TrialTerminated

    try:
        try:
            trained = trial.train(work.job, report)
        except TrialTerminated:
            trained = Trained(None, {})
        if ask("trained", trained.metrics) and trained.make_model is not None:
            save_model(trained.model, work.model)
        line.send(("ended", None))
    except Exception as error:  # noqa: BLE001
        traceback.print_exc()
        line.send(("failed", f"{type(error).__name__}: {error}"))
