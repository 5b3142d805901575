"""Memory that was freed, and that allocators keep for later."""

import ctypes
import sys

_MUCH = 1_000_000
"""After so many bytes it is worth the time to let Arrow give back what it keeps for later."""


def give_back_freed_memory() -> None:
    """Give the system what Python, C code and Arrow have freed and still hold.

    Arrays that come and go in many sizes leave holes in the C library's heap: as much again as a big table
    takes. Only glibc and Arrow can be asked; elsewhere nothing happens.
    """
    give_back_columns(_MUCH)
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)


def give_back_columns(n_bytes: int) -> None:
    """Give the system what Arrow has freed and still holds, after a column of so many bytes was freed."""
    if n_bytes >= _MUCH and (arrow := sys.modules.get("pyarrow")):
        arrow.default_memory_pool().release_unused()
