"""The older way to name a script."""

from __future__ import annotations

from typing import Any

from azureml._cloud import absent
from sweepflow.azure.hyperdrive.script import Estimator

__all__ = ["Estimator"]


def __getattr__(name: str) -> Any:
    return absent(__name__, name)
