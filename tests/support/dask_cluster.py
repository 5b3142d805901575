"""A Dask cluster of separate processes on this machine, as somebody would start it by hand."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from pools import until


class DaskCluster:
    """A scheduler and workers, which their nannies start again when they die."""

    def __init__(self, folder: Path, n_workers: int = 2, n_threads: int = 1) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)
        self._file = folder / "scheduler.json"
        self._processes: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0")
        try:
            self.add_workers(n_workers, n_threads)
            self.address = until(self._address)
        except BaseException:
            self.close()
            raise

    def add_workers(self, n: int, n_threads: int = 1, **options) -> subprocess.Popen[bytes]:
        counts = ["--nworkers", str(n), "--nthreads", str(n_threads)]
        common = ["--host", "127.0.0.1", "--memory-limit", "0"]
        folder = str(self._folder / "workers")
        return self._start("worker", *counts, *common, "--local-directory", folder, **options)

    def close(self) -> None:
        for process in self._processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _start(self, role: str, *arguments: str, **options) -> subprocess.Popen[bytes]:
        log = (self._folder / f"{role}.log").open("ab")
        command = [sys.executable, "-P", "-m", f"distributed.cli.dask_{role}", "--no-dashboard"]
        with log:
            process = subprocess.Popen(
                [*command, "--scheduler-file", str(self._file), *arguments],
                stdout=log,
                stderr=log,
                start_new_session=True,
                **options,
            )
        self._processes.append(process)
        return process

    def _address(self) -> str | None:
        with suppress(FileNotFoundError, json.JSONDecodeError):  # it is not there, or being written
            return json.loads(self._file.read_text())["address"]
        return None
