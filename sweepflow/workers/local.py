"""Trials on this machine: one warm child process per slot, killed when it must be."""

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import Field

from sweepflow.settings import trial_environment
from sweepflow.training.job import Job
from sweepflow.trial import TrialEnd, TrialState
from sweepflow.unions import SpecModel, WholeNumber
from sweepflow.workers.channel import Channel, Message

_GRACE_SECONDS = 5.0
_STOPPED = "the sweep was stopped"
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from sweepflow.workers.child import main; main(int(sys.argv[2]), int(sys.argv[3]))"
)


class LocalCompute(SpecModel):
    """Train in processes on the machine that runs the flow."""

    type: Literal["local"] = "local"
    threads_per_trial: WholeNumber | None = Field(
        default=None,
        ge=1,
        description="Threads that each trial's numeric libraries may use; empty: its share of the cores.",
    )

    def pool(self, trial: Any, slots: int, cores: int, log: Path) -> "LocalPool":
        """The workers of one sweep; `log` takes what they print outside of trials."""
        threads = self.threads_per_trial or max(1, cores // slots)
        return LocalPool(trial.model_dump(mode="json"), slots, threads, log)


class Work(NamedTuple):
    """One trial for a worker: the job, where its output and its model go, and its bounds.

    `timeout` is in seconds from the start of the training; `deadline`, of the whole sweep, is a time of
    time.monotonic().
    """

    job: Job
    log: Path
    model: Path
    timeout: float | None
    deadline: float | None


class Judge(NamedTuple):
    """What a worker asks about its trial.

    `report` takes the metrics of a report and tells whether to stop; `trained` takes the further metrics
    at the end of the training and tells whether the model is wanted.
    """

    report: Callable[[Mapping[str, object]], bool]
    trained: Callable[[Mapping[str, float]], bool]


class LocalPool:
    """Runs trials, each in a child process of its own slot; as many at once as there are slots."""

    def __init__(self, trial: Mapping[str, Any], slots: int, threads: int, log: Path) -> None:
        self._greeting: Message = {"trial": trial, "log": str(log)}
        self._environment = {**trial_environment(), **dict.fromkeys(_THREAD_VARIABLES, str(threads))}
        self._is_closed = False
        self._lock = threading.Lock()
        self._children: set[_Child] = set()
        # Linux kills a child with the *thread* that started it, so one thread starts them all.
        self._starter = ThreadPoolExecutor(max_workers=1)
        self._idle: queue.SimpleQueue[_Child | None] = queue.SimpleQueue()  # None: the pool is closed
        for _ in range(slots):
            self._start_child()

    def __enter__(self) -> "LocalPool":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, work: Work, judge: Judge) -> TrialEnd:
        """Train, however long it takes, and tell how it ended; waits for an idle child first."""
        child = self._take()
        if child is None:
            return TrialEnd(TrialState.CANCELED, _STOPPED, None)
        try:
            end = _supervise(child, work, judge)
        except BaseException:
            child.kill()  # it is in the middle of a trial
            raise
        finally:
            self._give_back(child)
        if self._is_closed and end.state is TrialState.FAILED:
            return TrialEnd(TrialState.CANCELED, _STOPPED, end.seconds)
        return end

    def close(self) -> None:
        """Kill every child; trials that run, or wait for a child, end as canceled."""
        with self._lock:
            self._is_closed = True
            for child in self._children:
                child.kill()
        with suppress(queue.Empty):
            while idle := self._idle.get_nowait():
                idle.bury()
        self._idle.put(None)
        self._starter.shutdown()

    def _take(self) -> "_Child | None":
        """A child that idles, once there is one; None if the pool is closed."""
        while child := self._idle.get():
            if child.is_alive or not child.is_ready:
                return child
            self._give_back(child)  # it died between two trials, which is the fault of neither
        self._idle.put(None)  # for whoever else waits
        return None

    def _give_back(self, child: "_Child") -> None:
        if child.is_alive:
            self._idle.put(child)
        else:
            with self._lock:
                self._children.discard(child)
            child.bury()
            self._start_child()

    def _start_child(self) -> None:
        with self._lock:
            if self._is_closed:
                return
            child = self._starter.submit(_Child, self._environment, self._greeting).result()
            self._children.add(child)
        self._idle.put(child)


class _Child:
    """A worker process, in a session of its own so that it can be killed with all that it started."""

    def __init__(self, environment: Mapping[str, str], greeting: Message) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            path = json.dumps([entry or str(Path.cwd()) for entry in sys.path])
            self._process = subprocess.Popen(
                # -P: no module in the working directory may stand in for one of Python's own.
                [sys.executable, "-P", "-c", _START, path, str(theirs.fileno()), str(os.getpid())],
                env=environment,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self.channel = Channel(ours)
        self.is_ready = False
        self._has_ended = threading.Event()
        threading.Thread(target=self._reap, daemon=True).start()
        with suppress(ConnectionError):  # it may have died already; the first trial will tell
            self.channel.send(greeting)

    @property
    def is_alive(self) -> bool:
        return self.channel.is_open() and not self._has_ended.is_set()

    def wait_until_ready(self, deadline: float | None) -> bool:
        """Whether its imports are done; False if it died over them. TimeoutError at the deadline."""
        if not self.is_ready:
            self.is_ready = self.channel.receive(deadline) is not None
        return self.is_ready

    def kill(self) -> None:
        """End the process and everything that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._has_ended.wait()

    def bury(self) -> None:
        """End what the process has left behind; nobody talks to it any more."""
        self.kill()
        self.channel.close()

    def cause_of_death(self) -> str:
        """Why the process is gone, in words; call it once the process has hung up."""
        if not self._has_ended.wait(timeout=_GRACE_SECONDS):
            self.kill()
            return "its process closed the line to the sweep"
        code = self._process.returncode
        if code >= 0:
            return f"its process ended with exit code {code}"
        name = next((known.name for known in signal.Signals if known == -code), f"signal {-code}")
        likely = _LIKELY_CAUSES.get(name)
        return f"its process was ended by {name}" + (f" ({likely})" if likely else "")

    def _reap(self) -> None:
        self._process.wait()
        # A process that the trial has started may still hold the line open.
        self.channel.hang_up()
        self._has_ended.set()


_LIKELY_CAUSES = {
    "SIGKILL": "somebody killed it, or the system ran out of memory",
    "SIGSEGV": "a crash in native code",
    "SIGABRT": "native code gave up",
    "SIGBUS": "a crash in native code, or a memory-mapped file that got shorter",
    "SIGFPE": "a division by zero in native code",
    "SIGILL": "native code built for another processor",
}


def _supervise(child: _Child, work: Work, judge: Judge) -> TrialEnd:
    started = time.monotonic()
    try:
        if not child.wait_until_ready(work.deadline):
            return TrialEnd(TrialState.FAILED, f"no worker: {child.cause_of_death()}", None)
        started = time.monotonic()
        message = {"job": work.job.model_dump(mode="json"), "log": str(work.log), "model": str(work.model)}
        child.channel.send(message)
        return _Conversation(child, work, judge, started).until_end()
    except TimeoutError:
        child.kill()
        seconds = time.monotonic() - started
        if work.timeout is None or (work.deadline is not None and time.monotonic() >= work.deadline):
            return TrialEnd(TrialState.CANCELED, "the sweep's timeout was over", seconds)
        return TrialEnd(TrialState.TIMED_OUT, f"killed after its timeout of {work.timeout:g} s", seconds)
    except OSError:
        return TrialEnd(TrialState.FAILED, child.cause_of_death(), time.monotonic() - started)


class _Conversation:
    """What the sweep and a child say to each other about one trial."""

    def __init__(self, child: _Child, work: Work, judge: Judge, started: float) -> None:
        self._child = child
        self._judge = judge
        self._started = started
        own = [] if work.timeout is None else [started + work.timeout]
        self._deadline = min([*own, *([work.deadline] if work.deadline is not None else [])], default=None)
        self._stopped_at: float | None = None
        self._seconds: float | None = None

    def until_end(self) -> TrialEnd:
        """Answer the child until its trial has ended."""
        while True:
            message = self._receive()
            if message is None:
                return self._gone()
            if message["kind"] == "report":
                self._answer_report(message["metrics"])
            elif message["kind"] == "trained":
                self._stopped_at, self._seconds = None, message["seconds"]
                keep = self._judge.trained(message["metrics"]) and message["has_model"]
                self._child.channel.send({"keep": keep})
            elif message["kind"] == "failed":
                seconds = self._seconds or time.monotonic() - self._started
                return TrialEnd(TrialState.FAILED, message["reason"], seconds)
            else:
                return TrialEnd(TrialState.COMPLETED, None, self._seconds)

    def _answer_report(self, metrics: Mapping[str, object]) -> None:
        stop = self._judge.report(metrics)
        if stop:
            self._stopped_at = time.monotonic()
        self._child.channel.send({"stop": stop})

    def _receive(self) -> Message | None:
        """The next message; None if the child is gone, or did not stop in time when it was told to."""
        if self._stopped_at is None:
            return self._child.channel.receive(self._deadline)
        grace = self._stopped_at + _GRACE_SECONDS
        try:
            return self._child.channel.receive(min(grace, self._deadline or grace))
        except TimeoutError:
            self._child.kill()
            return None

    def _gone(self) -> TrialEnd:
        seconds = time.monotonic() - self._started
        cause = self._child.cause_of_death()
        if self._stopped_at is not None:
            return TrialEnd(TrialState.COMPLETED, None, seconds)
        return TrialEnd(TrialState.FAILED, cause, seconds)
