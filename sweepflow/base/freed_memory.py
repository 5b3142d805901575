"""Memory that was freed, and that allocators keep for later."""

import ctypes
import sys


def give_back_freed_memory() -> None:
    """Give the system what Python, C code and Arrow have freed and still hold.

    Arrays that come and go in many sizes leave holes in the C library's heap: as much again as a big table
    takes. Only glibc and Arrow can be asked; elsewhere nothing happens.
    """
    if arrow := sys.modules.get("pyarrow"):
        arrow.default_memory_pool().release_unused()
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
