"""Processes that dead sweeps have left behind."""

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from sweepflow.base.guardian import parent_of_guardian
from sweepflow.flows.cli.doctor.finding import Finding
from sweepflow.workers.local.worker import parent_of_worker

_PROC = Path("/proc")
_PATIENCE_SECONDS = 3.0
"""A worker or a guardian needs a moment to notice that its sweep has died."""


class Process(NamedTuple):
    """A process of this user."""

    pid: int
    parent: int
    arguments: tuple[str, ...]


def check_processes(patience_seconds: float = _PATIENCE_SECONDS) -> list[Finding]:
    """Find the workers and guardians that still run although the process of their sweep is gone."""
    if not _PROC.is_dir():
        return [Finding("processes", "cannot be looked at: this system has no /proc")]
    deadline = time.monotonic() + patience_seconds
    while (pids := orphans()) and time.monotonic() < deadline:
        time.sleep(0.1)
    if not pids:
        return [Finding("processes", "no process of a dead sweep is left")]
    listed = " ".join(map(str, pids))
    message = f"{len(pids)} process(es) of dead sweeps are left: {listed}"
    return [Finding("processes", message, (f"kill -9 {listed}",))]


def orphans() -> list[int]:
    """The process IDs of the workers and guardians whose parent is not their sweep's process."""
    return [process.pid for process in processes() if _sweep_pid(process) not in (None, process.parent)]


def processes() -> list[Process]:
    """The processes of this user."""
    own = []
    for folder in _PROC.glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):  # it has ended
            if folder.stat().st_uid == os.getuid():
                own.append(_process(folder))
    return own


def writers_of(file: Path) -> list[int]:
    """The process IDs that hold a write lock on a SQLite file, as far as the system lists locks."""
    inodes = set()
    for path in (file, file.with_name(f"{file.name}-shm")):
        with suppress(OSError):
            inodes.add(str(path.stat().st_ino))
    with suppress(OSError):
        locks = [line.split() for line in (_PROC / "locks").read_text().splitlines()]
        # 1: POSIX ADVISORY WRITE <process> <device>:<inode> <first byte> <last byte>
        return sorted(
            {int(lock[4]) for lock in locks if lock[3] == "WRITE" and lock[5].split(":")[-1] in inodes}
        )
    return []


def _process(folder: Path) -> Process:
    arguments = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
    # The second field is the name in parentheses, which may hold anything.
    parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    return Process(int(folder.name), parent, tuple(arguments))


def _sweep_pid(process: Process) -> int | None:
    """The process ID of the sweep that it works for; None if it is neither a worker nor a guardian."""
    worker = parent_of_worker(process.arguments)
    return parent_of_guardian(process.arguments) if worker is None else worker
