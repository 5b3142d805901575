"""The files of a command on disk: its code, and the rows of the data that it reads."""

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from sweepflow.base.files import replacing
from sweepflow.data.prepared import PreparedData
from sweepflow.training.inputs import PARTS, part_path

_NO_CODE = {".git", "__pycache__", ".ipynb_checkpoints", ".venv"}


def has_newer_file(folder: Path, time: float) -> bool:
    """Whether a file in the folder, at any depth, has changed after this time in seconds since 1970."""
    for path, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in _NO_CODE]
        if any(Path(path, name).lstat().st_mtime > time for name in files):
            return True
    return False


def write_parts(data: PreparedData) -> None:
    """Write the training and the validation rows as CSV files, the features in their order, then the target.

    Missing values are empty, and times are written as in ISO 8601. Files that are there already are kept.
    """
    for part in PARTS:
        target = part_path(data, part)
        if target.exists():
            continue
        with pa.memory_map(str(Path(data.folder, f"{part}.arrow"))) as stream:
            table = pa.ipc.open_file(stream).read_all()
            with replacing(target) as partial:
                pa.csv.write_csv(table, str(partial))
