"""A data set that a script asks for by its name only, so that it may be a table or files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from azureml.data.file_dataset import FileDataset
from azureml.data.tabular_dataset import TabularDataset

if TYPE_CHECKING:
    from typing import Self


class RegisteredDataset(str, TabularDataset, FileDataset):
    """An input of the sweep: a table, files, and as text its path, as which scripts get mounted files."""

    def __new__(cls, path: str, name: str | None = None) -> Self:  # noqa: ARG004
        """The text of the path."""
        return super().__new__(cls, path)

    def __init__(self, path: str, name: str | None = None) -> None:
        super().__init__([path], name)

    @property
    def local_paths(self) -> list[Path]:
        """The file or folder."""
        return [Path(self)]
