"""What a notebook shows of a run."""

from __future__ import annotations

from typing import Any

from azureml._cloud import absent
from sweepflow.azure.hyperdrive.widget import RunDetails

__all__ = ["RunDetails"]


def __getattr__(name: str) -> Any:
    return absent(__name__, name)
