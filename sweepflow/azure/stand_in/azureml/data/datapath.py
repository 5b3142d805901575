"""A path in a datastore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azureml._cloud import absent


class DataPath:
    """A datastore and a path in it."""

    def __init__(
        self, datastore: object = None, path_on_datastore: str = "", name: str | None = None
    ) -> None:
        self.datastore = datastore
        self.path_on_datastore = path_on_datastore
        self.name = name


if not TYPE_CHECKING:  # a checker must tell a misspelt name

    def __getattr__(name):
        return absent(__name__, name)
