"""Packages that others import for no use that is made of them here."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


@contextmanager
def kept_out(packages: Sequence[str]) -> Iterator[None]:
    """Let the imports of the block do without these packages, as if they were not installed.

    Those that are imported already stay.
    """
    absent = [name for name in packages if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None: it cannot be imported
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
