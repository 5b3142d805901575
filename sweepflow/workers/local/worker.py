"""A worker, seen from the sweep: a process in a session of its own, killed together with its children."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from sweepflow.base import signals, warden
from sweepflow.base.guardian import Guardian
from sweepflow.base.joblib_files import remove_joblib_files
from sweepflow.importing.user_modules import worker_path
from sweepflow.workers.local.channel import Channel, Message
from sweepflow.workers.local.fork_server import Forked, ForkServer
from sweepflow.workers.work import Work

_REAPING_SECONDS = 5.0
_START_SECONDS = 300.0
_PAUSE_SECONDS = 0.001
_START, _START_FORK_SERVER = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    f"from sweepflow.workers.local.{module} import main; main(int(sys.argv[2]), int(sys.argv[3]))"
    for module in ("child", "forking")
)


def parent_of_worker(arguments: Sequence[str]) -> int | None:
    """The ID of the process that a worker with these arguments serves; None if they are not a worker's."""
    is_worker = (
        len(arguments) == 7 and arguments[3] in (_START, _START_FORK_SERVER) and arguments[6].isdecimal()
    )
    return int(arguments[6]) if is_worker else None


Slot = Mapping[str, str]
"""The environment variables of one slot, such as those that show it its GPUs."""


Start = Callable[[int, Mapping[str, str]], subprocess.Popen[bytes] | Forked]
"""Starts a worker with a socket of that number and these environment variables; may raise OSError."""


class Death(NamedTuple):
    """Why a worker is gone, and whether the system is to blame rather than the trial."""

    cause: str
    is_lost: bool


class Worker:
    """One process, which trains one trial after another."""

    def __init__(
        self,
        environment: Mapping[str, str],
        setup: Message,
        guardian: Guardian,
        slot: Slot,
        start: Start,
        *,
        ends_softly: bool = False,
    ) -> None:
        """The worker that `start` gives."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = start(theirs.fileno(), environment)
            except OSError:
                ours.close()
                raise
        self.slot = slot
        """What of its environment is its slot's own, and its successor's."""
        self.ends_softly = ends_softly
        """Whether its trial ends by itself within seconds of a SIGTERM."""
        self._guardian = guardian
        guardian.add(-self.pid)
        self.channel = Channel(ours)
        self.is_ready = False
        self.log: Path | None = None
        """The file that its output goes to; None before its first trial."""
        self._work: Work | None = None
        self._kill_reason: str | None = None
        self._lock = threading.Lock()
        self._has_ended = threading.Event()
        threading.Thread(target=self._reap, daemon=True).start()
        with suppress(ConnectionError):  # it may have died already, which the first trial will show
            self.channel.send(setup)

    @property
    def pid(self) -> int:
        """Its process ID, which is also that of its process group."""
        return self._process.pid

    @property
    def work(self) -> Work | None:
        """The trial that it runs; None if it is idle."""
        return self._work

    @property
    def is_busy(self) -> bool:
        """Whether it runs a trial."""
        return self._work is not None and not self._has_ended.is_set()

    @property
    def is_starting(self) -> bool:
        """Whether it has yet to say that its imports are done."""
        return not (self.is_ready or self._has_ended.is_set() or self.channel.has_more())

    @property
    def is_alive(self) -> bool:
        """Whether it can take a trial, or has left a message to receive."""
        return self.channel.is_open() and not self._has_ended.is_set()

    def wait_until_ready(self, deadline: float | None) -> bool:
        """Wait until its imports are done; False if it died before. TimeoutError at the deadline."""
        if not self.is_ready:
            latest = time.monotonic() + _START_SECONDS
            self.is_ready = self.channel.receive(min(latest, deadline or latest)) is not None
        return self.is_ready

    def begin(self, work: Work) -> None:
        """Give it a trial."""
        with self._lock:
            self._work, self.log = work, work.log
        message = {"job": work.job.model_dump(mode="json"), "log": str(work.log), "model": str(work.model)}
        self.send(message)

    def finish(self) -> None:
        """Record that its trial is over."""
        with self._lock:
            self._work = None

    def send(self, message: Message) -> None:
        """Send a message; if the worker is gone, the next receive shows that."""
        with suppress(OSError):
            self.channel.send(message)

    def kill_trial(self, work: Work, reason: str) -> None:
        """Kill the worker because of this trial, unless that trial is over by now."""
        with self._lock:
            if self._work is work:
                self._kill_reason = reason
                self.begin_kill()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop the process and all below it for the block; no write to a file is under way in it."""
        others = [pid for pid, group in self._tree() if group != self.pid]
        self._signal(signal.SIGSTOP, others)
        try:
            if hasattr(os, "waitid"):  # not on macOS
                try:
                    os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
                except ChildProcessError:  # it has ended, or was forked by a fork server
                    _wait_until_stopped(self.pid)
            yield
        finally:
            self._signal(signal.SIGCONT, others)

    def begin_end(self) -> None:
        """Ask its trial to end softly; kill it if it has none, or one that cannot."""
        if self.ends_softly and self._work is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)
        else:
            self.begin_kill()

    def begin_kill(self) -> None:
        """Kill the process and everything that it started, without waiting for its end."""
        self._signal(signal.SIGKILL)

    def kill(self) -> None:
        """Kill the process and everything that it started, and wait for its end."""
        self.begin_kill()
        self._has_ended.wait()

    def dispose(self) -> None:
        """Kill it and close its channel; only when no thread uses the worker any more."""
        self.kill()
        self.channel.close()

    def death(self) -> Death:
        """Why the process is gone; to be called after it has hung up."""
        if not self._has_ended.wait(timeout=_REAPING_SECONDS):
            self.kill()
            return Death("its process closed the line to the sweep", is_lost=False)
        if self._kill_reason is not None:
            return Death(self._kill_reason, is_lost=False)
        code = self._process.wait()
        return Death(f"its process {signals.end_in_words(code)}", is_lost=code < 0)

    def _reap(self) -> None:
        self._process.wait()
        # Its children may still hold the line open, or run for ever.
        self.begin_kill()
        remove_joblib_files(self.pid)
        self._guardian.remove(-self.pid)
        self.channel.hang_up()
        self._has_ended.set()

    def _tree(self) -> list[tuple[int, int]]:
        """The processes of its group and below them, each with its group."""
        processes = warden.table()
        return [(pid, processes[pid][1]) for pid in warden.tree(self.pid, processes)]

    def _signal(self, number: int, others: Iterable[int] = ()) -> None:
        # For a process that is gone, macOS raises PermissionError.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)
        for pid in others:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)


def start_worker(descriptor: int, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """A worker that imports by itself, with that socket; OSError if its process cannot be started."""
    return _start(descriptor, environment, _START)


def start_fork_server(environment: Mapping[str, str], setup: Message, guardian: Guardian) -> ForkServer:
    """A fork server of workers that are set up alike; OSError if its process cannot be started."""
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            process = _start(theirs.fileno(), environment, _START_FORK_SERVER)
        except OSError:
            ours.close()
            raise
    return ForkServer(process, ours, setup, guardian)


def _wait_until_stopped(pid: int) -> None:
    """Wait until a process that is no child of this one, and has been told to, has stopped or ended."""
    while True:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return
        if state in "TtZX":
            return
        time.sleep(_PAUSE_SECONDS)


def _start(descriptor: int, environment: Mapping[str, str], script: str) -> subprocess.Popen[bytes]:
    path, _ = worker_path()
    return subprocess.Popen(
        # -P: no module in the working directory may stand in for one of Python's own.
        [sys.executable, "-P", "-c", script, json.dumps(path), str(descriptor), str(os.getpid())],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        pass_fds=[descriptor],
        start_new_session=True,
    )
