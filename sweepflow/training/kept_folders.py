"""Folders of files that one process makes and all others read, whoever comes first."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from sweepflow.base.files import private_folder

MOST_KEPT = 4
"""So many folders are kept, those that were read last; no parameter that is drawn may fill the disk."""

_N_LOCKS = 16
"""Folders share so many locks by their names: a lock for each would be a file for each."""

Read = TypeVar("Read")


def kept(
    parent: Path,
    name: str,
    write: Callable[[Path], None],
    read: Callable[[Path], Read],
    most: int = MOST_KEPT,
) -> Read:
    """What `read` finds in the folder of this name in `parent`, which `write` fills if it is not there.

    Processes that want the same one wait for the first of them. A folder is there as a whole or not at all;
    if its writer dies, however it dies, the next one writes it anew. What is read must stay readable after
    its files are deleted, as what is mapped into memory does. OSError if it cannot be written.
    """
    folder = parent / name
    with suppress(FileNotFoundError):
        return _read(folder, read)
    private_folder(parent)
    lock = int(hashlib.sha256(name.encode()).hexdigest(), 16) % _N_LOCKS
    with _locked(parent, lock):
        with suppress(FileNotFoundError):
            return _read(folder, read)
        _write(folder, _partial(parent, lock), write)
        found = _read(folder, read)
    _delete_old(parent, most)
    return found


def _read(folder: Path, read: Callable[[Path], Read]) -> Read:
    os.utime(folder)
    return read(folder)


def _write(folder: Path, partial: Path, write: Callable[[Path], None]) -> None:
    shutil.rmtree(partial, ignore_errors=True)  # left by a process that was killed: we hold its lock
    partial.mkdir(mode=0o700)
    try:
        write(partial)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _delete_old(parent: Path, most: int) -> None:
    """Delete the folders that were not read lately, and what killed processes have left."""
    folders = [path for path in parent.iterdir() if not path.name.startswith(".")]
    for folder in sorted(folders, key=_last_read)[:-most]:
        shutil.rmtree(folder, ignore_errors=True)  # another process may do the same
    for lock in range(_N_LOCKS):
        if (partial := _partial(parent, lock)).exists():
            with suppress(BlockingIOError), _locked(parent, lock, fcntl.LOCK_NB):
                shutil.rmtree(partial, ignore_errors=True)


def _last_read(folder: Path) -> float:
    with suppress(FileNotFoundError):
        return folder.stat().st_mtime
    return 0.0


def _partial(parent: Path, lock: int) -> Path:
    return parent / f".partial-{lock}"


@contextmanager
def _locked(parent: Path, lock: int, flags: int = 0) -> Iterator[None]:
    """Hold the lock, which the system releases when the process dies."""
    descriptor = os.open(parent / f".lock-{lock}", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | flags)
        yield
    finally:
        os.close(descriptor)
