"""Prefect's server in a process of its own, made to end with this process, and not before.

The terminal, `timeout`, systemd and SLURM send a signal to every process of the command. If that ended the
server, the flow could not record that it was interrupted. If this process is killed by SIGKILL, a guardian
process ends the server.

Imports no Prefect: the server starts while this process still has that import before it.
"""

import atexit
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from sweepflow.base.guardian import Guardian
from sweepflow.errors import SweepflowError
from sweepflow.flows.engine import signals

_CHILD = Path(__file__).with_name("child.py")
_MOST_STARTS = 3
_STOP_SECONDS = 5.0


class ServerLost(SweepflowError):
    """Prefect's server has answered before, and does not any more; the message says which server."""


class ServerProcess:
    """The server, which starts when it is told to, or when somebody connects to its address.

    Its socket listens from the beginning, so that a request which comes too early waits.
    """

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.api_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/api"
        """The URL at which it listens."""
        self._is_woken, self._wake = os.pipe()
        self._environment: dict[str, str] | None = None
        self._options: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._guardian: Guardian | None = None
        self._failure: str | None = None
        self._is_settled = threading.Event()
        self._is_stopped = False
        self._lock = threading.Lock()
        self._owner = os.getpid()
        atexit.register(self.stop)
        threading.Thread(target=self._run, name="embedded server", daemon=True).start()

    def start(self, settings: Mapping[str, str] = {}, *, is_guess: bool = False) -> None:
        """Start it now, if it was not started before, with these environment variables besides our own.

        If that is a guess, because Prefect's settings are not known yet, it ends if they name another server.
        """
        with self._lock:
            if self._environment is None and not self._is_stopped:
                self._environment = _environment(settings)
                self._options = ["--if-needed"] if is_guess else []
                os.write(self._wake, b"+")

    @property
    def is_started(self) -> bool:
        """Whether somebody has asked for it."""
        return self._environment is not None

    def wait_until_ready(self, seconds: float) -> None:
        """Wait until it answers; ServerLost if it cannot be started, or not in that time."""
        if not self._is_settled.wait(seconds):
            raise ServerLost(f"Prefect's embedded server has not answered within {seconds:.0f} s")
        if self._failure is not None:
            raise ServerLost(self._failure)

    def why_lost(self) -> str | None:
        """Why it has ended; None while it runs, starts, or is still to be started."""
        process = self._process
        if self._failure is not None or process is None or not self._is_settled.is_set():
            return self._failure
        code = process.poll()
        return None if code is None else _message(code)

    def stop(self) -> None:
        """End it; a second call does nothing."""
        if os.getpid() != self._owner:  # a fork of this process, which has its `atexit` too
            return
        with self._lock:
            if self._is_stopped:
                return
            self._is_stopped = True
            process, self._process = self._process, None
            if self._environment is None:
                os.write(self._wake, b"-")
        if process is not None:
            timeout = signals.patience() if signals.received_signal() else _STOP_SECONDS
            process.send_signal(signal.SIGUSR1)
            try:
                process.wait(timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._guardian is not None:
            self._guardian.close()

    def _run(self) -> None:
        """Start it when that was asked for, or somebody connects."""
        with self._listener:
            select.select([self._is_woken, self._listener.fileno()], [], [])
            self.start()
            # The server inherits the mask of blocked signals, so that only SIGUSR1 ends it.
            signal.pthread_sigmask(signal.SIG_BLOCK, signals.SIGNALS)
            try:
                self._failure = self._start()
            except OSError as error:
                self._failure = f"Prefect's embedded server could not be started: {error}"
        self._is_settled.set()

    def _start(self) -> str | None:
        """Start it and wait until it answers; the reason if it does not.

        It is tried again if it ends for a reason of its own: its database may have been locked.
        """
        for _ in range(_MOST_STARTS):
            ready, is_ready = os.pipe()
            with os.fdopen(ready, "rb", buffering=0) as answer:
                try:
                    process = self._start_process(is_ready)
                finally:
                    os.close(is_ready)
                if process is None:
                    return None
                if answer.read(1):
                    return None
                code = process.wait()
            if code <= 0:
                break
        return _message(code)

    def _start_process(self, is_ready: int) -> "subprocess.Popen[bytes] | None":
        """The process, which writes a byte to `is_ready`; None if it was stopped before it was started."""
        descriptors = (self._listener.fileno(), is_ready)
        with self._lock:
            if self._is_stopped:
                return None
            if self._guardian is None:
                self._guardian = Guardian()
            # -P: no module in the working directory may stand in for one of Python's own.
            command = [sys.executable, "-P", str(_CHILD), *map(str, descriptors), *self._options]
            self._process = subprocess.Popen(command, env=self._environment, pass_fds=descriptors)
            self._guardian.add(self._process.pid)
            return self._process


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    own = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}
    environment = {**os.environ, **own, **settings}
    # It serves the database; the URL, if any, is its own.
    for name in ("PREFECT_API_URL", "PREFECT_UI_URL"):
        environment.pop(name, None)
    return environment


def _message(code: int) -> str:
    how = f"with exit code {code}"
    if code < 0:
        with suppress(ValueError):
            how = f"killed by {signal.Signals(-code).name}"
    return f"Prefect's embedded server has ended, {how}"
