"""Prefect's embedded server, made to end with this process, and not before.

The terminal, `timeout`, systemd and SLURM send a signal to every process of the command. If that ended the
server, the flow could not record that it was interrupted. If this process is killed by SIGKILL, a guardian
process ends the server.
"""

import atexit
import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import Any

from prefect.server.api.server import SubprocessASGIServer
from prefect.settings import PREFECT_HOME, get_current_settings

from sweepflow.base.guardian import Guardian
from sweepflow.flows.engine import signals
from sweepflow.flows.engine.server.lost import ServerLost, watch_embedded

_STARTUP_FAILED = 3
"""The exit code after which Prefect starts the server again, on another port."""
_MOST_STARTS = 3
_STOP_SECONDS = 5.0

# Like `python -m uvicorn`, but SIGUSR1 ends it: the signals that others send are blocked.
_SCRIPT = """
import signal, sys, uvicorn
server = uvicorn.Server(uvicorn.Config(
    "prefect.server.api.server:create_app", factory=True, host="127.0.0.1", port=int(sys.argv[1]),
    log_level="error", lifespan="on",
))
signal.signal(signal.SIGUSR1, lambda *_: setattr(server, "should_exit", True))
server.run()
sys.exit(0 if server.started else 3)
"""


class GuardedServer(SubprocessASGIServer):
    """Prefect's server in its own process, which a guardian ends if this process is killed."""

    _guardian: Guardian | None = None
    _n_starts = 0
    _is_starting = False
    _is_ready = False

    def start(self, timeout: int | None = None) -> None:  # noqa: D102  Prefect's own
        if self._guardian is None:
            self._guardian = Guardian()
            atexit.register(self._guardian.close)
        if self.running:
            return
        self._n_starts, self._is_starting, self._is_ready = 0, True, False
        watch_embedded(self)
        try:
            super().start(timeout)
            self._is_ready = True
        finally:
            self._is_starting = False

    def stop(self) -> None:  # noqa: D102  Prefect's own
        process, self.server_process = self.server_process, None
        if process is not None:
            self._end(process)
        super().stop()
        if self._guardian is not None:
            self._guardian.close()
            self._guardian = None

    def why_lost(self) -> str | None:
        """Why the server that was started has ended; None if it runs, or none was started."""
        process = self.server_process
        if process is None or process.poll() is None:
            return None
        return _message(process.returncode)

    def _end(self, process: "subprocess.Popen[Any]") -> None:
        timeout = signals.patience() if signals.received_signal() else _STOP_SECONDS
        process.send_signal(signal.SIGUSR1 if self._is_ready else signal.SIGKILL)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if self._guardian is not None:
            self._guardian.remove(process.pid)

    def _run_uvicorn_command(self) -> "subprocess.Popen[Any]":
        self._n_starts += 1
        with signals.postponed():
            # The server inherits the mask of blocked signals.
            mask = signal.pthread_sigmask(signal.SIG_BLOCK, signals.SIGNALS)
            try:
                process = _Process(self, [sys.executable, "-P", "-c", _SCRIPT, str(self.port)])
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            self.server_process = process
            if self._guardian is not None:
                self._guardian.add(process.pid)
        return process

    def check_start(self, code: int | None) -> int | None:
        """The exit code that Prefect sees for a server that has ended while Prefect starts it.

        Raises ServerLost if there is no point in trying again. Prefect itself would wait for minutes for a
        server that was killed, and would start a server that cannot start again and again for ever.
        """
        if not self._is_starting or code is None:
            return code
        if code <= 0 or self._n_starts >= _MOST_STARTS:
            raise ServerLost(_message(code))
        return _STARTUP_FAILED


class _Process(subprocess.Popen[Any]):
    def __init__(self, server: GuardedServer, arguments: list[str]) -> None:
        self._server = server
        # Alembic puts the working directory first on the path, which -P is to prevent.
        super().__init__(arguments, env=_environment(), cwd=PREFECT_HOME.value())

    def poll(self) -> int | None:
        return self._server.check_start(super().poll())


def _environment() -> dict[str, str]:
    own = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}
    return {**os.environ, **own, **get_current_settings().to_environment_variables(exclude_unset=True)}


def _message(code: int) -> str:
    how = f"with exit code {code}"
    if code < 0:
        with suppress(ValueError):
            how = f"killed by {signal.Signals(-code).name}"
    return f"Prefect's embedded server has ended, {how}"
