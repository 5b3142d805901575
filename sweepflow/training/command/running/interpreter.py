"""What reads a command: the shell, and the Python that `python` means, the one that runs Sweepflow."""

import os
import shlex
import shutil
import sys
from pathlib import Path

SHIMS = "bin"
"""The folder in the trial's own for what this Python lacks."""

_NAMES = ("python", "python3")


def shell() -> str:
    """The shell that reads commands: bash, as in Azure ML, or `sh` where there is none."""
    return shutil.which("bash") or "/bin/sh"


def path_with_python(path: str, folder: Path) -> str:
    """The PATH with this Python's own folder first, and before it one in `folder` for a name it lacks."""
    python = Path(sys.executable)
    folders = [str(python.parent), path]
    missing = [name for name in _NAMES if not _is_same(python.with_name(name), python)]
    if missing:
        shims = folder / SHIMS
        shims.mkdir(mode=0o700, exist_ok=True)
        for name in missing:
            # No link: Python finds what is installed for it by the path that it is started by.
            (shims / name).write_text(f'#!/bin/sh\nexec {shlex.quote(str(python))} "$@"\n')
            (shims / name).chmod(0o700)
        folders.insert(0, str(shims))
    return os.pathsep.join(folders)


def _is_same(path: Path, python: Path) -> bool:
    return path.exists() and path.samefile(python)
