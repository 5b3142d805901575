"""Imports that take seconds, in less time."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def importing_quickly() -> Iterator[None]:
    """Switch the garbage collector off while the block imports, and keep it from what was imported.

    An import makes a million objects and next to no garbage: looking for that is a sixth of its time. Without
    `freeze`, the first collection afterwards would look through all of them.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()
