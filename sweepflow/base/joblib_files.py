"""What joblib leaves: its processes, and its files in shared memory.

Its own tracker would remove these, but is killed with what it tracks.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_SHARED_MEMORY = "/dev/shm"


def end_joblib_processes() -> None:
    """End the processes that joblib has started for this one, and would keep for its next call."""
    executors = sys.modules.get("joblib.externals.loky.reusable_executor")
    if (executor := getattr(executors, "_executor", None)) is not None:  # to ask for it would make one
        executor.shutdown(wait=True, kill_workers=True)


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
