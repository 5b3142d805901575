"""A place for files in the cloud, as far as a script names files in it."""

from __future__ import annotations

from typing import Any

from azureml._cloud import CloudOnly
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

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        instead = "name the local file by `--input NAME=PATH`, and write results into ./outputs"
        raise CloudOnly(f"Datastore.{name}", instead)
