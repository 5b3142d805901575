"""A path in a datastore."""

from __future__ import annotations


class DataPath:
    """A datastore and a path in it."""

    def __init__(
        self, datastore: object = None, path_on_datastore: str = "", name: str | None = None
    ) -> None:
        self.datastore = datastore
        self.path_on_datastore = path_on_datastore
        self.name = name
