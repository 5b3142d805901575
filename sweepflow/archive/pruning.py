"""Old sweeps, and what was written for them, whose files can be deleted; the ledger keeps their records."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from stat import S_ISDIR
from typing import NamedTuple

from sweepflow.archive.folder import SweepFolder
from sweepflow.base.folders import remove_folder
from sweepflow.ledger.ledger import Ledger
from sweepflow.trials.state import SweepState

_Key = tuple[int, int]

_ENDED = (SweepState.COMPLETED, SweepState.FAILED, SweepState.CANCELED)
_PYTHON_OBJECTS = ("frames/*.parquet", "functions/*.pkl")


class OldFiles(NamedTuple):
    """The folders of sweeps that have ended, and what no other sweep uses."""

    sweeps: tuple[SweepFolder, ...]
    data: tuple[Path, ...]
    """The folders of prepared data."""
    python_objects: tuple[Path, ...] = ()
    """The files of DataFrames and functions that Python callers passed."""

    @property
    def n_bytes(self) -> int:
        """How much space their deletion frees; a file with a further link elsewhere frees none."""
        files = _files([*(folder.path for folder in self.sweeps), *self.data, *self.python_objects])
        return sum(file.size for file in files.values() if file.n_found >= file.n_links)

    def delete(self) -> None:
        """Delete them; SweepBusy if a sweep has been resumed meanwhile."""
        for folder in self.sweeps:
            with folder.locked():
                remove_folder(folder.path)
        for path in self.data:
            remove_folder(path)
        for path in self.python_objects:
            path.unlink(missing_ok=True)


def old_files(ledger: Ledger, home: Path, before: datetime, kept: Collection[str]) -> OldFiles:
    """The files of this home's sweeps that ended before that time, but for the sweeps with these IDs.

    A sweep that is on record as running is never among them, whether a process runs it or not.
    """
    ended = [row for row in ledger.sweeps(*_ENDED) if row.ended is not None and row.ended < before]
    folders = [SweepFolder(home, row.id) for row in ended if row.id not in kept]
    sweeps = tuple(folder for folder in folders if folder.path.is_dir() and not folder.is_locked)
    prepared = [path for path in (home / "data").glob("[!.]*") if path.is_dir()]
    files = _files(folder.path for folder in sweeps)
    unused = tuple(path for path in prepared if _is_unused(path, before, files))
    return OldFiles(sweeps, unused, _unnamed(ledger, home, before, {folder.sweep_id for folder in sweeps}))


def _unnamed(ledger: Ledger, home: Path, before: datetime, pruned: Collection[str]) -> tuple[Path, ...]:
    """The objects that were last passed before that time, and that no sweep with files left names.

    One of a sweep that is about to be recorded was passed a moment ago.
    """
    left = [
        row for row in ledger.sweeps() if row.id not in pruned and SweepFolder(home, row.id).path.is_dir()
    ]
    specs = "".join(json.dumps(row.spec) for row in left)
    paths = [path for pattern in _PYTHON_OBJECTS for path in sorted(home.glob(pattern))]
    is_old = (path.stat().st_mtime < before.timestamp() for path in paths)
    return tuple(p for p, old in zip(paths, is_old, strict=True) if old and p.stem not in specs)


def _is_unused(prepared: Path, before: datetime, files: Mapping[_Key, "_File"]) -> bool:
    """Whether the prepared data was written before that time, and every further link to it is among these."""
    own = _files([prepared])
    return all(
        file.modified < before.timestamp() and file.n_links == file.n_found + _n_found(files.get(key))
        for key, file in own.items()
    )


class _File(NamedTuple):
    """A file, which several paths may be links to."""

    size: int
    modified: float
    """Seconds since 1970."""
    n_links: int
    n_found: int
    """How many of its links lie in the folders that were looked through."""


def _n_found(file: _File | None) -> int:
    return file.n_found if file else 0


def _files(paths: Iterable[Path]) -> dict[_Key, _File]:
    """The files at these paths and in the folders there, by device and number."""
    files: dict[_Key, _File] = {}
    for path in (path for top in paths for path in (top, *top.rglob("*"))):
        stat = path.lstat()
        if not S_ISDIR(stat.st_mode):
            key = stat.st_dev, stat.st_ino
            n_found = _n_found(files.get(key)) + 1
            files[key] = _File(stat.st_size, stat.st_mtime, stat.st_nlink, n_found)
    return files
