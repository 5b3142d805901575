"""Files and folders that their owner alone can read, whatever the umask."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary name to write to; what was written takes the place of `path` when the block ends well."""
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def private_folder(path: Path) -> Path:
    """The folder, made if it is not there, and so are those above it."""
    # `mkdir(parents=True)` would make those above as the umask says.
    if not path.parent.exists():
        private_folder(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    return path
