"""Whether the home can be written to, and has room."""

import os
import shlex
import shutil
import tempfile
from pathlib import Path

from sweepflow.flows.cli.doctor.finding import Finding

_GIGABYTE = 1_000_000_000


def check_home(home: Path, least_free: int = _GIGABYTE) -> list[Finding]:
    """Check that the home, or the folder that it will be made in, is writable and has `least_free` bytes."""
    existing = next(folder for folder in (home, *home.parents) if folder.exists())
    if reason := _why_not_writable(existing):
        message = f"{home} cannot be written to: {reason}"
        return [Finding("home", message, ('export SWEEPFLOW_HOME="$HOME/.sweepflow"',))]
    free = shutil.disk_usage(existing).free
    message = f"{home} can be written to, {free / _GIGABYTE:.1f} GB are free"
    if free < least_free:
        return [
            Finding(
                "home",
                f"{message}, which is little",
                (f"du -sh {shlex.quote(str(home))}/sweeps/* | sort -h",),
            )
        ]
    return [Finding("home", message)]


def _why_not_writable(folder: Path) -> str:
    """Why no file can be written to the folder; empty if one can."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error.strerror or str(error)
    return ""
