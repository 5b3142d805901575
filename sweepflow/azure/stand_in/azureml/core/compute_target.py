"""Compute targets, under their older name."""

from __future__ import annotations

from typing import Any

from azureml._cloud import absent
from azureml.core.compute import AmlCompute, ComputeTarget, ComputeTargetException

__all__ = ["AmlCompute", "ComputeTarget", "ComputeTargetException"]


def __getattr__(name: str) -> Any:
    return absent(__name__, name)
