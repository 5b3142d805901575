"""The configuration of HyperDrive, under its older name."""

from __future__ import annotations

from typing import Any

from azureml._cloud import absent
from azureml.train.hyperdrive import HyperDriveConfig, HyperDriveRunConfig, PrimaryMetricGoal

__all__ = ["HyperDriveConfig", "HyperDriveRunConfig", "PrimaryMetricGoal"]


def __getattr__(name: str) -> Any:
    return absent(__name__, name)
