"""What the sweep tells the script of one trial: where its metrics and its outputs go."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path


def metrics_path() -> Path | None:
    """The file that takes the trial's metrics; None if the script runs by itself."""
    text = os.environ.get("SWEEPFLOW_METRICS")
    return Path(text) if text else None


def number() -> int:
    """The trial's number in the sweep."""
    return int(os.environ.get("SWEEPFLOW_TRIAL") or 0)


def outputs() -> Path:
    """The folder that is kept; `outputs` in the working directory if the script runs by itself."""
    return Path(os.environ.get("SWEEPFLOW_OUTPUTS") or "outputs")


def append_line(path: Path, fields: Mapping[str, object]) -> None:
    """Append a JSON object as one line, in one write, so that lines of several processes do not mix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = (json.dumps({str(name): value for name, value in fields.items()}, default=str) + "\n").encode()
    with path.open("ab", buffering=0) as file:
        if file.write(line) != len(line):
            raise OSError(f"{path} cannot be written: the disk is full")
