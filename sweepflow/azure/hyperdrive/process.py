"""`sweepflow run` for a notebook: a process of its own, which ends with the notebook's."""

import atexit
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from sweepflow.base.files import private_folder, replacing
from sweepflow.base.guardian import Guardian
from sweepflow.fields.yaml import to_yaml

_PATIENCE_SECONDS = 20.0
"""Twice what the command takes at most to end after a signal."""


class SweepProcess:
    """Runs the sweep of a spec; its files lie in `folder`."""

    def __init__(self, fields: dict[str, Any], folder: Path) -> None:
        private_folder(folder)
        with replacing(folder / "spec.yml") as partial:
            partial.write_text(to_yaml(fields))
        self._answer, self._log = folder / "answer.json", folder / "log.txt"
        with self._answer.open("wb") as answer, self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "sweepflow", "run", str(folder / "spec.yml"), "--json"],
                stdin=subprocess.DEVNULL,
                stdout=answer,
                stderr=log,
                # The interrupt of a kernel goes to its process group: this one is interrupted by `stop`.
                start_new_session=True,
            )
        self.was_stopped = False
        """Whether it ended because it was told to."""
        _guardian().add(self._process.pid)
        atexit.register(self.stop)

    @property
    def has_ended(self) -> bool:
        """Whether the sweep has ended, one way or another."""
        return self._process.poll() is not None

    def wait(self, seconds: float) -> bool:
        """Wait so long at most; whether the sweep has ended."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self.has_ended

    def stop(self) -> None:
        """Interrupt the sweep, which can be resumed, and wait until its processes have ended."""
        if not self.has_ended:
            self.was_stopped = True
            self._process.send_signal(signal.SIGINT)
        if not self.wait(_PATIENCE_SECONDS):
            self._process.kill()
            self._process.wait()
        _guardian().remove(self._process.pid)
        atexit.unregister(self.stop)

    def answer(self) -> dict[str, Any]:
        """The JSON object of `sweepflow run --json`; a failure with its last words if there is none."""
        try:
            answer: dict[str, Any] = json.loads(self._answer.read_text())
        except ValueError:
            if self.was_stopped:  # before the command could answer
                return {"state": "canceled"}
            words = self._log.read_text(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
            return {"state": "failed", "error": f"the sweep's process ended without an answer: {words[0]}"}
        return answer


@cache
def _guardian_of(_pid: int) -> Guardian:
    return Guardian()


def _guardian() -> Guardian:
    """The guardian of this process; one that was forked has its own."""
    return _guardian_of(os.getpid())
