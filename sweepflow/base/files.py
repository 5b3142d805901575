"""Files and folders that their owner alone can read, whatever the umask."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path to write to; its file replaces `path` if the block ends without an error."""
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def private_folder(path: Path) -> Path:
    """The folder, created if it does not exist, with the folders above it."""
    # `mkdir(parents=True)` would create those above with the umask's permissions.
    if not path.parent.exists():
        private_folder(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    return path
