"""Data sets of the SDK, read from local files."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from azureml._cloud import absent

_MODULES = {
    "DataType": "azureml.data.data_type",
    "FileDataset": "azureml.data.file_dataset",
    "TabularDataset": "azureml.data.tabular_dataset",
}

__all__ = list(_MODULES)


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    return absent(__name__, name)
