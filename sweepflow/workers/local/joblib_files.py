"""Removes what joblib has left in shared memory: its own tracker would, but is killed with what it tracks."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_SHARED_MEMORY = "/dev/shm"


def remove_joblib_files(pid: int) -> None:
    """Remove the semaphores and the arrays that joblib has made in this process, which has ended."""
    names = (f"sem.loky-{pid}-", f"joblib_memmapping_folder_{pid}_")
    for entry in _entries():
        if entry.name.startswith(names):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry, ignore_errors=True)  # joblib's own processes may do the same
            else:
                with suppress(OSError):
                    Path(entry).unlink()


def _entries() -> Iterator[os.DirEntry[str]]:
    """All that lies where joblib puts its files."""
    for folder in {_SHARED_MEMORY, os.environ.get("JOBLIB_TEMP_FOLDER"), tempfile.gettempdir()}:
        if folder:
            with suppress(OSError), os.scandir(folder) as entries:
                yield from entries
