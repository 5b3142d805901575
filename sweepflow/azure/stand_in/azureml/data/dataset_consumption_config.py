"""A data set as an input of a run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import Self


class DatasetConsumptionConfig:
    """A data set under the name that a script knows it by."""

    def __init__(
        self, name: str, dataset: Any, mode: str = "direct", path_on_compute: str | None = None
    ) -> None:
        self.name = name
        self.dataset = dataset
        self.mode = mode
        self.path_on_compute = path_on_compute

    def as_mount(self, path_on_compute: str | None = None) -> Self:
        """The same: the script gets the path of the local files."""
        self.mode, self.path_on_compute = "mount", path_on_compute
        return self

    def as_download(self, path_on_compute: str | None = None) -> Self:
        """The same: the script gets the path of the local files."""
        self.mode, self.path_on_compute = "download", path_on_compute
        return self

    def __fspath__(self) -> str:
        return str(os.fspath(self.dataset))

    def __str__(self) -> str:
        return self.__fspath__()
