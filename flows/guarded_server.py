"""Prefect's embedded server, made to end with this process, and not before.

The terminal sends Ctrl-C to every process of the command. Were the server to end with it, the flow could
not record that it was interrupted, and would try for minutes. Were this process killed by SIGKILL, the
server would stay, had it no guardian.
"""

import atexit
import os
import signal
import subprocess
import sys
from typing import Any

from prefect.server.api.server import SubprocessASGIServer
from prefect.settings import PREFECT_HOME, get_current_settings

from sweepflow.workers.guardian import Guardian

_OWN = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}


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
            process = subprocess.Popen(
                [
                    *(
                        sys.executable,
                        "-P",
                        "-m",
                        "uvicorn",
                        "--factory",
                        "prefect.server.api.server:create_app",
                    ),
                    *(
                        "--host",
                        "127.0.0.1",
                        "--port",
                        str(self.port),
                        "--log-level",
                        "error",
                        "--lifespan",
                        "on",
                    ),
                ],
                env={
                    **os.environ,
                    **_OWN,
                    **get_current_settings().to_environment_variables(exclude_unset=True),
                },
                # Alembic puts the working directory first on the path, where -P does not.
                cwd=PREFECT_HOME.value(),
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if self._guardian is not None:
            self._guardian.add(process.pid)
        return process
