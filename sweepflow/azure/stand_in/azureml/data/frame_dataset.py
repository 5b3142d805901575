"""A table that a script has made itself."""

from __future__ import annotations

from typing import Any

from azureml.data.tabular_dataset import TabularDataset


class FrameDataset(TabularDataset):
    """A data frame of pandas as a data set."""

    def __init__(self, frame: Any, name: str | None = None) -> None:
        super().__init__([], name)
        self._frame = frame

    def _read(self) -> Any:
        return self._frame.copy()
