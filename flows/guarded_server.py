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

from sweepflow.workers.guardian import Guardian


class GuardedServer(SubprocessASGIServer):
    """Prefect's server in a process of its own, which a guardian ends if this process is killed."""

    _guardian: Guardian | None = None

    def start(self, timeout: int | None = None) -> None:  # noqa: D102  Prefect's own
        if self._guardian is None:
            self._guardian = Guardian()
            atexit.register(self._guardian.close)
        super().start(timeout)

    def stop(self) -> None:  # noqa: D102  Prefect's own
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
