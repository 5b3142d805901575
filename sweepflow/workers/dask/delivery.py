"""Takes files from the flow to workers that cannot see them, and back."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sweepflow.base.files import private_folder, replacing
from sweepflow.workers.dask import task
from sweepflow.workers.dask.goods import Goods, goods_of_job
from sweepflow.workers.work import Work

_CHUNK = 4 << 20

Call = Callable[..., Any]
"""Calls a function of `task` on a worker; takes its address, the function and arguments, raises OSError."""


class Delivery:
    """The files of one pool; may be called from many threads."""

    def __init__(self, call: Call, goods: Callable[[], list[Goods]]) -> None:
        """`goods` gives what all trials need; it is asked once a worker needs it."""
        self._call = call
        self._find_goods = goods
        self._goods: list[Goods] | None = None
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = defaultdict(threading.Lock)
        self._sent: set[tuple[str, Path]] = set()
        """What was sent, by the name of the mirror: a worker that removes it has a new one."""

    def deliver(self, worker: str, mirror: str, work: Work) -> list[str]:
        """Send the worker what its mirror does not have yet of what the work needs; gives the roots of that.

        OSError if that fails.
        """
        with self._lock:
            if self._goods is None:
                self._goods = self._find_goods()
            lock = self._locks[mirror]
        needed = [*self._goods, *goods_of_job(work.job)]
        with lock:
            for goods in needed:
                if goods.can_change or (mirror, goods.root) not in self._sent:
                    for file in goods.files:
                        self._send(worker, file)
                    self._sent.add((mirror, goods.root))
        return [str(goods.root) for goods in needed]

    def collect(self, worker: str, files: Iterable[tuple[str, int]], work: Work) -> None:
        """Fetch what the work has left on the worker; OSError if that fails."""
        for name, size in files:
            path = Path(name)
            if path not in (work.log, work.model) and not _is_in(path, work.job.folder):
                raise PermissionError(f"the worker {worker} has sent '{path}', outside of the trial's folder")
            # A log has notes on earlier attempts, and what they left.
            self._fetch(worker, path, size, is_added=path == work.log)

    def _send(self, worker: str, file: Path) -> None:
        offset, mode = 0, file.stat().st_mode & 0o700
        with file.open("rb") as content:
            chunk = content.read(_CHUNK)
            while chunk or not offset:  # an empty file too
                self._call(worker, task.write, str(file), offset, chunk, mode)
                offset += max(1, len(chunk))
                chunk = content.read(_CHUNK)

    def _fetch(self, worker: str, path: Path, size: int, *, is_added: bool) -> None:
        private_folder(path.parent)
        with replacing(path) as partial, partial.open("wb") as file:
            if is_added and path.exists():
                file.write(path.read_bytes())
            for offset in range(0, size, _CHUNK):
                file.write(self._call(worker, task.read, str(path), offset, min(_CHUNK, size - offset)))


def _is_in(path: Path, folder: Path | None) -> bool:
    return folder is not None and path.is_relative_to(folder) and ".." not in path.parts
