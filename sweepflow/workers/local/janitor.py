"""Limits the length of the workers' logs and the memory that they hold."""

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from sweepflow.base import warden
from sweepflow.workers import log
from sweepflow.workers.local import memory
from sweepflow.workers.local.worker import Worker

_MIN_PAUSE_SECONDS = 0.25
_PAUSE_FACTOR = 20
"""The pause between two rounds is this many times as long as a round takes."""


class Janitor:
    """One thread that checks all the workers a few times a second.

    `trial_memory` is how many bytes a worker and what its trial has started may hold together; None for
    no limit.
    """

    def __init__(
        self, workers: Callable[[], Iterable[Worker]], own_log: Path, trial_memory: int | None
    ) -> None:
        self._workers = workers
        self._own_log = own_log
        self._trial_memory = trial_memory
        self._cutting = threading.Lock()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def cut_log(self, path: Path) -> None:
        """Cut a log if it is too long; no worker may be writing to it."""
        with self._cutting:
            if log.is_too_long(path):
                with suppress(OSError):  # the next round tries again
                    log.cut(path)

    def close(self) -> None:
        """End the thread, and wait for its end."""
        self._is_over.set()
        self._thread.join()

    def _run(self) -> None:
        pause = _MIN_PAUSE_SECONDS
        while not self._is_over.wait(pause):
            started = time.monotonic()
            for worker in self._workers():
                self._cut_log_of(worker)
            self.cut_log(self._own_log)
            if self._trial_memory is not None:
                self._limit_memory(self._trial_memory)
            pause = max(_MIN_PAUSE_SECONDS, _PAUSE_FACTOR * (time.monotonic() - started))

    def _limit_memory(self, limit: int) -> None:
        processes = warden.table()
        for worker in self._workers():
            work = worker.work
            if work is not None and memory.holds_more(warden.tree(worker.pid, processes), limit):
                worker.kill_trial(work, f"killed: it used more than limits.trial_memory ({limit} bytes)")

    def _cut_log_of(self, worker: Worker) -> None:
        if worker.log is not None and log.is_too_long(worker.log):
            with worker.paused():
                self.cut_log(worker.log)
