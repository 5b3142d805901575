"""A table that a script has made itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from azureml._inputs import local_path
from azureml.data.tabular_dataset import TabularDataset


class FrameDataset(TabularDataset):
    """A data frame of pandas as a data set."""

    def __init__(self, frame: Any, name: str | None = None) -> None:
        super().__init__([], name)
        self._frame = frame

    @property
    def local_paths(self) -> list[Path]:
        """A file with its rows, which is written when it is asked for."""
        name = self.name or "frame"
        self._register(name)
        return [local_path(name)]

    def _register(self, name: str) -> None:
        from sweepflow.azure.hyperdrive.datastore import register_frame

        register_frame(name, self.to_pandas_dataframe())

    def _read(self) -> Any:
        return self._frame.copy()
