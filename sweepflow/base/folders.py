"""Folders copied and removed, whatever lies in them."""

import errno
import os
import shutil
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

LeavesOut = Callable[[str, bool], bool]
"""Whether to leave something out, by its path in the folder (a/b) and whether it is a folder itself."""

_CANNOT_IN_KERNEL = (errno.EXDEV, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.EPERM)
_MOST_BYTES = 1 << 30


def copy_folder(
    source: Path, target: Path, leaves_out: LeavesOut | None = None, *, keeps_outside_links: bool
) -> None:
    """Copy a folder to a new one that its owner may write to; files share their blocks where the disk can.

    A link to something in the folder stays one. One that leaves the folder is never followed: it stays a link
    to the same place, or is left out. Pipes, sockets and devices are left out.
    """
    root = source.resolve()
    target.mkdir(mode=0o700)
    remaining = [""]
    while remaining:
        inner = remaining.pop()
        with os.scandir(root / inner) as entries:
            for entry in entries:
                path = f"{inner}{entry.name}"
                is_folder = entry.is_dir(follow_symlinks=False)
                if leaves_out and leaves_out(path, is_folder):
                    continue
                if is_folder:
                    (target / path).mkdir(mode=0o700)
                    remaining.append(f"{path}/")
                elif entry.is_symlink():
                    _copy_link(root, path, target / path, keeps_outside=keeps_outside_links)
                elif entry.is_file(follow_symlinks=False):
                    with suppress(FileNotFoundError):  # it has been deleted just now
                        _copy_file(root / path, target / path)


def remove_folder(folder: Path) -> None:
    """Remove a folder, if it exists, also one that is read only; a link is removed, not followed."""
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    elif folder.exists():
        try:
            shutil.rmtree(folder)
        except PermissionError:
            _make_writable(folder)
            shutil.rmtree(folder)


def _make_writable(folder: Path) -> None:
    folder.chmod(stat.S_IRWXU)
    for parent, names, _ in os.walk(folder):
        for path in (Path(parent, name) for name in names):
            if not path.is_symlink():
                path.chmod(stat.S_IRWXU)


def _copy_link(root: Path, path: str, copied: Path, *, keeps_outside: bool) -> None:
    link = root / path
    aim = Path(os.path.realpath(link))  # also of a link in a circle
    if aim.is_relative_to(root):
        copied.symlink_to(os.path.relpath(aim, link.parent))
    elif keeps_outside:
        copied.symlink_to(link.parent / link.readlink())


def _copy_file(source: Path, target: Path) -> None:
    # The path may have become a link or a pipe since it was looked at.
    reading = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        status = os.fstat(reading)
        writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            _copy_content(reading, writing, status.st_size)
            os.fchmod(writing, stat.S_IMODE(status.st_mode) & 0o777)
            os.utime(writing, ns=(status.st_atime_ns, status.st_mtime_ns))
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def _copy_content(reading: int, writing: int, size: int) -> None:
    if hasattr(os, "copy_file_range") and size:  # on Linux, where it shares the blocks if the file system can
        try:
            while copied := os.copy_file_range(reading, writing, _MOST_BYTES):
                size -= copied
        except OSError as error:
            if error.errno not in _CANNOT_IN_KERNEL:
                raise
    if size > 0:
        with (
            os.fdopen(reading, "rb", closefd=False) as source,
            os.fdopen(writing, "wb", closefd=False) as target,
        ):
            shutil.copyfileobj(source, target)
