"""What a script would upload: in a notebook, copies on this machine; in a trial, nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from azureml._cloud import CloudOnly
from azureml._trial import metrics_path

_INSTEAD = "name the local file by `--input NAME=PATH`, and write results into ./outputs"


def upload(caller: str, files: Mapping[str, Path], target: str) -> None:
    """Copy the files, by their names below the target; CloudOnly in a trial."""
    if metrics_path() is not None:
        raise CloudOnly(caller, _INSTEAD)
    from sweepflow.azure.hyperdrive.datastore import upload as keep

    keep(files, target)


def files_below(folder: str) -> dict[str, Path]:
    """The files of a folder by their names below it."""
    root = Path(folder)
    return {file.relative_to(root).as_posix(): file for file in sorted(root.rglob("*")) if file.is_file()}
