"""A Dask cluster of separate processes on this machine, as somebody would start it by hand."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from pools import until

HIDING = ["unshare", "-Urm", "sh", "-c", 'mount -t tmpfs none "$0" && exec "$@"']
"""Runs a command that does not see what is in a folder; followed by the folder and the command."""


def can_hide(folder: Path) -> bool:
    """Whether this system lets us do that; a container may not."""
    return subprocess.run([*HIDING, str(folder), "true"], capture_output=True, check=False).returncode == 0


class DaskCluster:
    """A scheduler and workers, which their nannies start again when they die."""

    def __init__(
        self,
        folder: Path,
        n_workers: int = 2,
        n_threads: int = 1,
        hidden: Path | None = None,
        options: Sequence[str] = (),
    ) -> None:
        """The workers see an empty folder in the place of the hidden one, as on another machine.

        All processes have these options.
        """
        self._folder, self._options = folder, options
        folder.mkdir(exist_ok=True)
        self._file = folder / "scheduler.json"
        self._processes: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0")
        try:
            if n_workers:
                self.add_workers(n_workers, n_threads, hidden=hidden)
            self.address = until(self._address)
        except BaseException:
            self.close()
            raise

    def add_workers(
        self, n: int, n_threads: int = 1, resources: str = "", hidden: Path | None = None
    ) -> None:
        hides = [*HIDING, str(hidden)] if hidden else []
        counts = ["--nworkers", str(n), "--nthreads", str(n_threads), "--resources", resources]
        common = ["--host", "127.0.0.1", "--memory-limit", "0"]
        folder = str(self._folder / "workers")
        self._start("worker", *counts, *common, "--local-directory", folder, prefix=hides)

    def close(self) -> None:
        for process in self._processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _start(self, role: str, *arguments: str, prefix: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        log = (self._folder / f"{role}.log").open("ab")
        command = [*prefix, sys.executable, "-P", "-m", f"distributed.cli.dask_{role}", "--no-dashboard"]
        with log:
            process = subprocess.Popen(
                [*command, "--scheduler-file", str(self._file), *self._options, *arguments],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    def _address(self) -> str | None:
        with suppress(FileNotFoundError, json.JSONDecodeError):  # it is not there, or being written
            return json.loads(self._file.read_text())["address"]
        return None
