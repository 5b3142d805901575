"""The runs of HyperDrive, under their older name."""

from __future__ import annotations

from typing import Any

from azureml._cloud import absent
from azureml.train.hyperdrive import HyperDriveRun, PrimaryMetricGoal

__all__ = ["HyperDriveRun", "PrimaryMetricGoal"]


def __getattr__(name: str) -> Any:
    return absent(__name__, name)
