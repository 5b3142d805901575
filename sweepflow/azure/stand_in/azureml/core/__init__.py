"""The names that scripts import from the SDK's core, each loaded when it is first used."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from azureml._cloud import absent

_MODULES = {
    "ComputeTarget": "azureml.core.compute",
    "Dataset": "azureml.core.dataset",
    "Datastore": "azureml.core.datastore",
    "Environment": "azureml.core.environment",
    "Experiment": "azureml.core.experiment",
    "Model": "azureml.core.model",
    "Run": "azureml.core.run",
    "RunConfiguration": "azureml.core.runconfig",
    "ScriptRunConfig": "azureml.core.script_run_config",
    "Workspace": "azureml.core.workspace",
}
"""The module of each class that has a stand-in; all others exist only in the cloud."""

VERSION = __version__ = "1.60.0"
"""That of the last SDK v1, which scripts print and compare."""

__all__ = [*_MODULES, "VERSION"]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    return absent(__name__, name)
