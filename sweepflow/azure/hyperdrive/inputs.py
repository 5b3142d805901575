"""Which local files stand for data sets, in this process and in the sweeps that it submits."""

import json
import os
from pathlib import Path

from sweepflow.azure.hyperdrive.refusal import NotebookError

_INPUTS = "SWEEPFLOW_INPUTS"


def map_input(name: str, path: str | Path) -> None:
    """Read a data set, by its name or the last part of its URL, from this local file or folder.

    NotebookError if there is no such file.
    """
    if not Path(path).exists():
        raise NotebookError(f"there is no file or folder '{path}' to read '{name}' from")
    inputs = json.loads(os.environ.get(_INPUTS) or "{}")
    os.environ[_INPUTS] = json.dumps({**inputs, name: str(Path(path).absolute())})
