"""Prefect's embedded server, made to end with this process, and not before.

The terminal sends Ctrl-C to every process of the command. Were the server to end with it, the flow could
not record that it was interrupted, and would try for minutes. Were this process killed by SIGKILL, the
server would stay, had it no guardian.
"""

import atexit
import signal
import subprocess
from typing import Any

from prefect.server.api.server import SubprocessASGIServer
from prefect.settings import get_current_settings

from sweepflow.workers.guardian import Guardian


def start_embedded_server() -> None:
    """Start the server that flows of this process will use, unless they are told to use another one."""
    guard_embedded_server()
    settings = get_current_settings()
    if not settings.api.url and settings.server.ephemeral.enabled:
        SubprocessASGIServer().start()


def guard_embedded_server() -> None:
    """Let the server that Prefect may start for this process be a guarded one; a running one stays."""
    _GuardedServer()  # keeps itself where Prefect looks for its server


class _GuardedServer(SubprocessASGIServer):
    _guardian: Guardian | None = None

    def start(self, timeout: int | None = None) -> None:
        if self._guardian is None:
            self._guardian = Guardian()
            atexit.register(self._guardian.close)
        super().start(timeout)

    def stop(self) -> None:
        process, guardian = self.server_process, self._guardian
        super().stop()
        if guardian is not None:
            if process is not None:
                guardian.remove(process.pid)
            guardian.close()
            self._guardian = None

    def _run_uvicorn_command(self) -> subprocess.Popen[Any]:
        # The server inherits which signals are blocked.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            process = super()._run_uvicorn_command()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if self._guardian is not None:
            self._guardian.add(process.pid)
        return process
