"""Old sweeps and prepared data whose files can be deleted; the ledger keeps their records."""

from collections.abc import Collection, Iterable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sweepflow.archive.folder import SweepFolder
from sweepflow.base.folders import remove_folder
from sweepflow.ledger.ledger import Ledger
from sweepflow.trials.state import SweepState

_ENDED = (SweepState.COMPLETED, SweepState.FAILED, SweepState.CANCELED)


class OldFiles(NamedTuple):
    """The folders of sweeps that have ended, and the folders of prepared data that no other sweep uses."""

    sweeps: tuple[SweepFolder, ...]
    data: tuple[Path, ...]

    @property
    def n_bytes(self) -> int:
        """How much space their deletion frees; a file with a further link elsewhere frees none."""
        return _freed([*(folder.path for folder in self.sweeps), *self.data])

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
    linked = _links(folder.path for folder in sweeps)
    return OldFiles(sweeps, tuple(path for path in prepared if _is_unused(path, before, linked)))


def _is_unused(prepared: Path, before: datetime, links: dict[tuple[int, int], int]) -> bool:
    """Whether the prepared data was written before that time, and every further link to it is among these."""
    stats = [path.stat() for path in prepared.iterdir()]
    return all(
        stat.st_mtime < before.timestamp() and stat.st_nlink == 1 + links.get((stat.st_dev, stat.st_ino), 0)
        for stat in stats
    )


def _links(folders: Iterable[Path]) -> dict[tuple[int, int], int]:
    """How many links there are in these folders to each file, by its device and number."""
    links: dict[tuple[int, int], int] = {}
    for folder in folders:
        for path in folder.rglob("*"):
            stat = path.lstat()
            key = stat.st_dev, stat.st_ino
            links[key] = links.get(key, 0) + 1
    return links


def _freed(folders: list[Path]) -> int:
    links = _links(folders)
    files = {
        (stat.st_dev, stat.st_ino): stat
        for folder in folders
        for path in folder.rglob("*")
        if not path.is_dir() or path.is_symlink()
        for stat in [path.lstat()]
    }
    return sum(stat.st_size for key, stat in files.items() if links[key] >= stat.st_nlink)
