"""The policies, under their older name."""

from __future__ import annotations

from typing import Any

from azureml._cloud import absent
from azureml.train.hyperdrive import (
    BanditPolicy,
    EarlyTerminationPolicy,
    MedianStoppingPolicy,
    NoTerminationPolicy,
    TruncationSelectionPolicy,
)

__all__ = [
    "BanditPolicy",
    "EarlyTerminationPolicy",
    "MedianStoppingPolicy",
    "NoTerminationPolicy",
    "TruncationSelectionPolicy",
]


def __getattr__(name: str) -> Any:
    return absent(__name__, name)
