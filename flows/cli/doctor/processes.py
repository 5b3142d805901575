"""Processes that a sweep has left behind."""

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
"""A worker or a guardian whose sweep has just died needs a moment to notice."""


class Process(NamedTuple):
    """A process of this user's."""

    pid: int
    parent: int
    arguments: tuple[str, ...]


def check_processes(patience_seconds: float = _PATIENCE_SECONDS) -> list[Finding]:
    """The workers and guardians whose sweep's process is gone, and that have not ended by themselves."""
    if not _PROC.is_dir():
        return [Finding("processes", "cannot be looked at: this system has no /proc")]
    deadline = time.monotonic() + patience_seconds
    while (found := orphans()) and time.monotonic() < deadline:
        time.sleep(0.1)
    if not found:
        return [Finding("processes", "no process of a dead sweep is left")]
    pids = " ".join(map(str, found))
    told = f"{len(found)} process(es) of dead sweeps are left: {pids}"
    return [Finding("processes", told, (f"kill -9 {pids}",))]


def orphans() -> list[int]:
    """The process IDs of workers and guardians that another process than their sweep's is the parent of."""
    return [each.pid for each in processes() if _served(each) not in (None, each.parent)]


def processes() -> list[Process]:
    """The processes of this user."""
    found = []
    for folder in _PROC.glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):  # it has ended
            if folder.stat().st_uid == os.getuid():
                found.append(_process(folder))
    return found


def writers_of(file: Path) -> list[int]:
    """The processes that hold a lock to write to a SQLite file, as far as the system tells."""
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


def _served(process: Process) -> int | None:
    """The process that it serves; None if it is neither a worker nor a guardian."""
    worker = parent_of_worker(process.arguments)
    return parent_of_guardian(process.arguments) if worker is None else worker
