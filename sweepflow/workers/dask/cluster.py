"""The processes of `cluster: local`: a scheduler, and workers that are started again when they die.

Other users of this machine can reach their ports, and whoever talks to a Dask cluster can run code on it. So
they talk in TLS with a key of their own, made for this cluster alone.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import IO, Any

from distributed.security import Security

from sweepflow.base.guardian import Guardian
from sweepflow.base.settings import trial_environment
from sweepflow.workers.dask.lost import SchedulerLost
from sweepflow.workers.dask.workforce import GPU
from sweepflow.workers.gpus import variables

_START_SECONDS = 120.0
_POLL_SECONDS = 0.02
_HOST = "127.0.0.1"


class LocalCluster:
    """A cluster on this machine, which ends with this process; `log` takes what its processes print."""

    def __init__(
        self, n_workers: int, log: Path, gpus: Sequence[str] = (), gpus_per_trial: float | None = None
    ) -> None:
        """`gpus` are what CUDA_VISIBLE_DEVICES is for each worker, if trials get that many."""
        self._log = log
        with ExitStack() as stack:
            self._guardian = Guardian()
            stack.callback(self._guardian.close)
            self._folder = Path(stack.enter_context(TemporaryDirectory(prefix="sweepflow-dask-")))
            self._guardian.add_folder(self._folder)
            self._security = Security.temporary()
            files = _write(self._security, self._folder)
            self._processes: list[subprocess.Popen[bytes]] = []
            stack.callback(self._kill)
            output = stack.enter_context(log.open("ab"))
            self._address = self._folder / "scheduler.json"
            common = [*files, "--scheduler-file", str(self._address), "--no-dashboard", "--protocol", "tls"]
            self._start("scheduler", [*common, "--host", _HOST, "--port", "0"], output)
            own = ["--nthreads", "1", "--host", _HOST, "--local-directory", str(self._folder)]
            limits = ["--memory-limit", "0", "--death-timeout", str(int(_START_SECONDS))]
            if gpus_per_trial is None:
                self._start("worker", [*common, *own, *limits, "--nworkers", str(n_workers)], output)
            for names in gpus:  # Dask's own `--nworkers` gives all the same environment
                resources = ["--resources", f"{GPU}={gpus_per_trial!r}"]
                self._start(
                    "worker", [*common, *own, *limits, *resources], output, variables(names, os.environ)
                )
            self._stack = stack.pop_all()

    def client_arguments(self) -> dict[str, Any]:
        """The arguments of a Client of it, once its scheduler is there; SchedulerLost if it cannot start."""
        latest = time.monotonic() + _START_SECONDS
        while not self._address.exists():
            if self._processes[0].poll() is not None or time.monotonic() > latest:
                raise SchedulerLost(f"the local Dask cluster could not be started: see {self._log}")
            time.sleep(_POLL_SECONDS)
        return {"scheduler_file": str(self._address), "security": self._security}

    def close(self) -> None:
        """Kill its processes, and remove its files."""
        self._stack.close()

    def _start(
        self,
        role: str,
        arguments: list[str],
        output: IO[bytes],
        own: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        process = subprocess.Popen(
            # -P: no module in the working directory may stand in for one of Python's own.
            [sys.executable, "-P", "-m", f"distributed.cli.dask_{role}", *arguments],
            env={**trial_environment(), "DASK_LOGGING__DISTRIBUTED": "warning", **own},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # a Ctrl-C is for the flow, which ends the trials in their order
        )
        self._guardian.add(-process.pid)
        self._processes.append(process)

    def _kill(self) -> None:
        for process in self._processes:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        for process in self._processes:
            process.wait()
            self._guardian.remove(-process.pid)


def _write(security: Security, folder: Path) -> list[str]:
    """Write certificate and key for the command line of Dask's processes; gives its options."""
    files: Mapping[str, Any] = {
        "ca-file": security.tls_ca_file,
        "cert": security.tls_scheduler_cert,
        "key": security.tls_scheduler_key,
    }
    options = []
    for name, content in files.items():
        path = folder / f"{name}.pem"
        path.touch(mode=0o600)
        path.write_text(content)
        options += [f"--tls-{name}", str(path)]
    return options
