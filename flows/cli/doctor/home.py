"""Whether there is a place to write to, and room in it."""

import os
import shlex
import shutil
import tempfile
from pathlib import Path

from sweepflow.flows.cli.doctor.finding import Finding

_GIGABYTE = 1_000_000_000


def check_home(home: Path, least_free: int = _GIGABYTE) -> list[Finding]:
    """Whether the home, or the folder that it will be made in, can be written to and has room."""
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    if reason := _why_not_writable(there):
        told = f"{home} cannot be written to: {reason}"
        return [Finding("home", told, ('export SWEEPFLOW_HOME="$HOME/.sweepflow"',))]
    free = shutil.disk_usage(there).free
    told = f"{home} can be written to, {free / _GIGABYTE:.1f} GB are free"
    if free < least_free:
        return [
            Finding(
                "home", f"{told}, which is little", (f"du -sh {shlex.quote(str(home))}/sweeps/* | sort -h",)
            )
        ]
    return [Finding("home", told)]


def _why_not_writable(folder: Path) -> str:
    """Why no file can be written there; empty if one can."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error.strerror or str(error)
    return ""
