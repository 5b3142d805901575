"""A place for files in the cloud, as far as a script names files in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml._cloud import CloudOnly, absent
from azureml._uploads import files_below, upload
from azureml.data.datapath import DataPath


class Datastore:
    """A datastore's name; a data set of files in it is read from the local file that is mapped to it."""

    def __init__(self, workspace: object = None, name: str = "workspaceblobstore") -> None:
        self.workspace = workspace
        self.name = name

    @staticmethod
    def get(workspace: object, datastore_name: str) -> Datastore:
        """The datastore of this name."""
        return Datastore(workspace, datastore_name)

    @staticmethod
    def get_default(workspace: object) -> Datastore:
        """The workspace's default one."""
        return Datastore(workspace)

    def path(self, path: str = "") -> DataPath:
        """A path in it."""
        return DataPath(self, path)

    def upload(self, src_dir: str, target_path: str | None = None, **_: object) -> DataPath:
        """Let data sets of these files be read on this machine; CloudOnly in a trial."""
        upload("Datastore.upload", files_below(src_dir), target_path or "")
        return DataPath(self, target_path or "")

    def upload_files(
        self, files: list[str], relative_root: str | None = None, target_path: str | None = None, **_: object
    ) -> DataPath:
        """Let data sets of these files be read on this machine; CloudOnly in a trial."""
        names = {
            os.path.relpath(file, relative_root) if relative_root else Path(file).name: Path(file)
            for file in files
        }
        upload("Datastore.upload_files", names, target_path or "")
        return DataPath(self, target_path or "")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        instead = "name the local file by `--input NAME=PATH`, and write results into ./outputs"
        raise CloudOnly(f"Datastore.{name}", instead)


if not TYPE_CHECKING:  # a checker must tell a misspelt name

    def __getattr__(name):
        return absent(__name__, name)
