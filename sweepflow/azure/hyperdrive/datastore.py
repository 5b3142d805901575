"""What a notebook uploads and registers: copies on this machine, from which data sets are read."""

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sweepflow.azure.hyperdrive.inputs import map_input
from sweepflow.azure.hyperdrive.refusal import NotebookError, note
from sweepflow.base.files import private_folder
from sweepflow.base.settings import home

_MOST_NAMES = 50
"""So many files and folders of an upload can be named one by one: all names go to every trial."""


def upload(files: Mapping[str, Path], target: str) -> None:
    """Copy files, by their names below the target, and let data sets of them be read from the copies."""
    folder = _inside(_store(), target)
    for name, source in files.items():
        if not source.is_file():
            raise NotebookError(f"there is no file '{source}' to upload")
        copy = _inside(folder, name)
        private_folder(copy.parent)
        shutil.copyfile(source, copy)
    note(f"nothing is uploaded: copies in '{_store()}' are read instead")
    copies = [_inside(folder, name) for name in files]
    folders = {parent for copy in copies for parent in copy.parents if parent.is_relative_to(folder)}
    for path in sorted(folders - {_store()})[:_MOST_NAMES]:
        map_input(path.name, path)
    for path in copies[:_MOST_NAMES]:
        map_input(path.relative_to(_store()).as_posix(), path)


def register(name: str, paths: Sequence[Path]) -> None:
    """Let a data set of this name be read from these files; several are copied into one folder."""
    if len(paths) == 1:
        map_input(name, paths[0])
        return
    folder = data_set_folder(name)
    for number, path in enumerate(paths):
        copy = folder / f"{number:03d}-{path.name}"
        if path.is_dir():
            shutil.copytree(path, copy)
        else:
            shutil.copyfile(path, copy)
    map_input(name, folder)


def register_frame(name: str, frame: Any) -> None:
    """Let a data set of this name be read from a file with the rows of this data frame."""
    path = data_set_folder(name) / "data.csv"
    frame.to_csv(path, index=False)
    map_input(name, path)


def data_set_folder(name: str) -> Path:
    """An empty folder for the files of a data set."""
    folder = home() / "azure" / "datasets" / re.sub(r"[^\w.-]|^\.", "_", name)
    shutil.rmtree(folder, ignore_errors=True)
    return private_folder(folder)


def _store() -> Path:
    return home() / "azure" / "datastore"


def _inside(folder: Path, name: str) -> Path:
    path = folder / name.replace("\\", "/").strip("/")
    if ".." in path.parts:
        raise NotebookError(f"a path in a datastore must not lead out of it, got '{name}'")
    return path
