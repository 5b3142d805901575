"""The memory of a process and of all below it, sampled while it runs; from Linux's /proc."""

import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from sweepflow.workers.local.worker import parent_of_worker

_INTERVAL_SECONDS = 0.1


class Process(NamedTuple):
    """One process at one moment; sizes are in megabytes."""

    pid: int
    role: str
    """flow, server, worker or other."""
    pss: float
    """Its own pages, and of those it shares a share."""
    private: float


class Moment(NamedTuple):
    """All processes at one time (of `time.time`)."""

    at: float
    processes: tuple[Process, ...]

    @property
    def pss(self) -> float:
        return sum(process.pss for process in self.processes)

    def role(self, role: str) -> list[Process]:
        return [process for process in self.processes if process.role == role]


def watched(
    command: Sequence[str], **options: object
) -> tuple[subprocess.CompletedProcess[str], list[Moment]]:
    """The ended command, with its output, and its processes while it ran."""
    moments: list[Moment] = []
    has_ended = threading.Event()
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,  # type: ignore[call-overload]
    )
    watcher = threading.Thread(target=_watch, args=(process.pid, moments, has_ended))
    watcher.start()
    try:
        output, errors = process.communicate()
    finally:
        has_ended.set()
        watcher.join()
    return subprocess.CompletedProcess(command, process.returncode, output, errors), moments


def _watch(root: int, moments: list[Moment], has_ended: threading.Event) -> None:
    known: dict[int, str] = {}
    while not has_ended.wait(_INTERVAL_SECONDS):
        found = []
        for pid in _tree(root):
            with suppress(OSError, KeyError, IndexError):
                role = known.get(pid) or _role(pid, root)
                if role != "starting":
                    known[pid] = role
                sizes = _sizes(pid)
                private = sizes["Private_Clean"] + sizes["Private_Dirty"]
                found.append(Process(pid, role, sizes["Pss"], private))
        moments.append(Moment(time.time(), tuple(found)))


def pss(pid: int) -> float:
    """Of one process, now."""
    return _sizes(pid)["Pss"]


def _sizes(pid: int) -> dict[str, float]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    fields = [line.split() for line in lines]
    return {name.rstrip(":"): int(size) / 1024 for name, size, *_ in fields}


def _tree(root: int) -> Iterator[int]:
    """The process and all below it, also those that lead a session of their own."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    left = [root]
    while left:
        yield (pid := left.pop())
        left += children.get(pid, [])


def _role(pid: int, root: int) -> str:
    arguments = Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0").split("\0")
    if pid == root:
        return "flow"
    if parent_of_worker(arguments) is not None:
        return "worker"
    text = " ".join(arguments)
    return "server" if "server" in text else "other"
