"""Files mapped into memory, and what was read of them let go of: a page that was read stays otherwise."""

import mmap
import threading
from pathlib import Path
from weakref import WeakSet

_mapped: WeakSet[mmap.mmap] = WeakSet()
"""Those that somebody still reads."""

_lock = threading.Lock()


def mapped(path: Path) -> mmap.mmap:
    """The bytes of the file, which cannot be written to, and are read when they are looked at."""
    with path.open("rb") as file:
        found = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    with _lock:
        _mapped.add(found)
    return found


def let_go_of_read_pages() -> None:
    """Give the system what this process has read of its mapped files; where it cannot, nothing happens.

    For whoever goes through a big table piece by piece, after each piece. It is safe at any time, in any
    thread: what is looked at again is there again, mostly from the system's cache and not from the disk.
    """
    if not hasattr(mmap, "MADV_DONTNEED"):
        return
    with _lock:
        files = list(_mapped)
    for file in files:
        file.madvise(mmap.MADV_DONTNEED)
