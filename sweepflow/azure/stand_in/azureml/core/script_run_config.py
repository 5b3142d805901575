"""A script with its arguments."""

from __future__ import annotations

from typing import Any

from azureml._cloud import absent
from sweepflow.azure.hyperdrive.script import ScriptRunConfig

__all__ = ["ScriptRunConfig"]


def __getattr__(name: str) -> Any:
    return absent(__name__, name)
