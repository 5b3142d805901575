"""The folder of one registered model: its versions, the champion pointer, and the pointer's history.

    <version>/     model.skops, model-card.md, version.json; written under another name, then renamed
    champion       the present champion and why, as one line of JSON; replaced by a rename
    history.jsonl  every line that `champion` has held, oldest first
    .lock          held by whoever writes

The rename of `champion` is what counts: a process that dies before it has changed nothing, and if it dies
after it, the line is missing in the history until the next writer adds it.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

_PARTIAL = ".partial"


class ModelFolder:
    """One model's files; only their owner can read them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._champion = path / "champion"
        self._history = path / "history.jsonl"

    def create(self) -> None:
        """Make the folder if it does not exist."""
        for folder in (self.path.parent.parent, self.path.parent, self.path):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other writer out, in this process or another; the folder must exist."""
        lock = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)  # and with it the lock, as when the process dies

    def versions(self) -> list[int]:
        """The numbers of the versions, ascending."""
        names = [path.name for path in self.path.iterdir()] if self.path.is_dir() else []
        return sorted(int(name) for name in names if name.isascii() and name.isdecimal())

    def add(self, fill: Callable[[Path, int], None]) -> int:
        """Add a version of the files that `fill` writes into an empty folder; its number. Hold the lock."""
        partial = self.path / _PARTIAL
        shutil.rmtree(partial, ignore_errors=True)  # left by a process that was killed: we hold the lock
        partial.mkdir(mode=0o700)
        version = max(self.versions(), default=0) + 1
        try:
            fill(partial, version)
            partial.rename(self.path / str(version))
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        _sync(self.path)
        return version

    def champion(self) -> str | None:
        """The line that names the present champion; None if there is none."""
        try:
            return self._champion.read_text(encoding="utf-8").rstrip("\n")
        except FileNotFoundError:
            return None

    def set_champion(self, line: str) -> None:
        """Make this line the one that names the champion, and the last of the history. Hold the lock."""
        self._complete_history()
        partial = self.path / f"champion{_PARTIAL}"
        partial.unlink(missing_ok=True)
        write_private(partial, BytesIO(f"{line}\n".encode()))
        partial.replace(self._champion)
        _sync(self.path)  # before the history is written: it must not be ahead of the pointer
        self._complete_history()

    def history(self) -> list[str]:
        """Every line that has named the champion, the oldest first. Hold the lock."""
        self._complete_history()
        return self._lines()

    def _complete_history(self) -> None:
        """Add the champion's line if a process was killed before it had written that."""
        line, lines = self.champion(), self._lines()
        if line is None or lines[-1:] == [line]:
            return
        history = os.open(self._history, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.ftruncate(history, sum(len(complete.encode()) + 1 for complete in lines))
            os.lseek(history, 0, os.SEEK_END)
            os.write(history, f"{line}\n".encode())
            os.fsync(history)
        finally:
            os.close(history)

    def _lines(self) -> list[str]:
        """The complete lines of the history file."""
        if not self._history.exists():
            return []
        return [line.decode() for line in self._history.read_bytes().split(b"\n")[:-1]]


def write_private(path: Path, content: BinaryIO) -> None:
    """Write a new file that only its owner can read, and flush it to the disk."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        shutil.copyfileobj(content, file)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Flush the renames in a folder to the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
