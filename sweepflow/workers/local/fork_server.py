"""Processes that are forked from one, which has imported what they need, seen from the sweep."""

import itertools
import json
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, Literal

from sweepflow.base.guardian import Guardian
from sweepflow.training.kind import TrialKind
from sweepflow.workers.local.channel import Message


def may_be_forked(trial: TrialKind) -> bool:
    """Whether workers of these trials may share what they import.

    Scikit-learn starts no thread and opens nothing when it is imported; of code of the user's, and of other
    packages, that is not known. On macOS numeric libraries do not survive a fork.
    """
    return sys.platform == "linux" and (_estimator(trial) or "").startswith("sklearn.")


def may_share(trial: TrialKind, other: TrialKind) -> bool:
    """Whether workers of both trials may be forked, and need the same imports."""
    return may_be_forked(trial) and _estimator(trial) == _estimator(other)


def _estimator(trial: TrialKind) -> str | None:
    estimator = getattr(trial, "estimator", None)  # which one kind of trial has
    return estimator if isinstance(estimator, str) else None


class Forked:
    """A process that this one has not started itself."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code = 0
        self._has_ended = threading.Event()

    def wait(self) -> int:
        """Wait until it has ended; gives its exit code, or minus the number of the signal that ended it."""
        self._has_ended.wait()
        return self._code

    def end(self, code: int) -> None:
        """Record that it has ended."""
        self._code = code
        self._has_ended.set()


class ForkServer:
    """Starts processes with what they import in memory that they share; many threads may ask for them."""

    def __init__(
        self, process: subprocess.Popen[bytes], line: socket.socket, setup: Message, guardian: Guardian
    ) -> None:
        """`process` runs `forking.main` at the other end of the line."""
        self._process, self._line, self._guardian = process, line, guardian
        self._numbers = itertools.count()
        self._waiting: dict[int, queue.SimpleQueue[Forked | None]] = {}
        """Where who has asked for a process waits for it; who was interrupted waits no longer."""
        guardian.add(-process.pid)
        with suppress(OSError):  # it may have died already, which `start` will show
            line.sendall(json.dumps(setup).encode() + b"\n")
        self._has_ended = False
        self._lock = threading.Lock()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def is_alive(self) -> bool:
        """Whether it can start processes."""
        return self._process.poll() is None

    def start(
        self, descriptor: int, environment: Mapping[str, str], module: Literal["child", "calls"]
    ) -> Forked:
        """A process with that socket, which runs this module; OSError if the fork server has ended.

        The first one comes when all is imported.
        """
        number, started = next(self._numbers), queue.SimpleQueue[Forked | None]()
        message = {"number": number, "module": module, "environment": dict(environment)}
        with self._lock:
            self._waiting[number] = started
            socket.send_fds(self._line, [b"\0"], [descriptor])
            self._line.sendall(json.dumps(message).encode() + b"\n")
            if self._has_ended:
                started.put(None)
        if (forked := started.get()) is None:
            raise OSError("the process that workers are forked from has ended")
        return forked

    def close(self) -> None:
        """End the process; Linux ends the workers with it."""
        self._process.kill()
        self._process.wait()
        self._listener.join()
        self._guardian.remove(-self._process.pid)

    def _listen(self) -> None:
        running: dict[int, Forked] = {}
        with self._line, self._line.makefile("rb") as lines, suppress(OSError):
            self._read(lines, running)
        for forked in running.values():
            forked.end(-9)
        with self._lock:
            self._has_ended = True
            for started in self._waiting.values():
                started.put(None)

    def _read(self, lines: IO[bytes], running: dict[int, Forked]) -> None:
        for line in lines:
            message: Message = json.loads(line)
            if "started" in message:
                forked = running[message["started"]] = Forked(message["started"])
                self._waiting.pop(message["number"]).put(forked)
            else:
                running.pop(message["ended"]).end(message["code"])
