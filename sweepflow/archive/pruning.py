"""Old sweeps and prepared data whose files can be deleted; the ledger keeps their records."""

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


class OldFiles(NamedTuple):
    """The folders of sweeps that have ended, and the folders of prepared data that no other sweep uses."""

    sweeps: tuple[SweepFolder, ...]
    data: tuple[Path, ...]

    @property
    def n_bytes(self) -> int:
        """How much space their deletion frees; a file with a further link elsewhere frees none."""
        files = _files([*(folder.path for folder in self.sweeps), *self.data])
        return sum(file.size for file in files.values() if file.n_found >= file.n_links)

    def delete(self) -> None:
        """Delete the folders; SweepBusy if a sweep has been resumed meanwhile."""
        for folder in self.sweeps:
            with folder.locked():
                remove_folder(folder.path)
        for path in self.data:
            remove_folder(path)


def old_files(ledger: Ledger, home: Path, before: datetime, kept: Collection[str]) -> OldFiles:
    """The files of this home's sweeps that ended before that time, but for the sweeps with these IDs.

    A sweep that is on record as running is never among them, whether a process runs it or not.
    """
    ended = [row for row in ledger.sweeps(*_ENDED) if row.ended is not None and row.ended < before]
    folders = [SweepFolder(home, row.id) for row in ended if row.id not in kept]
    sweeps = tuple(folder for folder in folders if folder.path.is_dir() and not folder.is_locked)
    prepared = [path for path in (home / "data").glob("[!.]*") if path.is_dir()]
    files = _files(folder.path for folder in sweeps)
    return OldFiles(sweeps, tuple(path for path in prepared if _is_unused(path, before, files)))


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


def _files(folders: Iterable[Path]) -> dict[_Key, _File]:
    """The files in these folders, by device and number."""
    files: dict[_Key, _File] = {}
    for path in (path for folder in folders for path in folder.rglob("*")):
        stat = path.lstat()
        if not S_ISDIR(stat.st_mode):
            key = stat.st_dev, stat.st_ino
            n_found = _n_found(files.get(key)) + 1
            files[key] = _File(stat.st_size, stat.st_mtime, stat.st_nlink, n_found)
    return files
