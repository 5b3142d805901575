"""The samplings, under their older name."""

from __future__ import annotations

from typing import Any

from azureml._cloud import absent
from azureml.train.hyperdrive import (
    BayesianParameterSampling,
    GridParameterSampling,
    HyperParameterSampling,
    RandomParameterSampling,
)

__all__ = [
    "BayesianParameterSampling",
    "GridParameterSampling",
    "HyperParameterSampling",
    "RandomParameterSampling",
]


def __getattr__(name: str) -> Any:
    return absent(__name__, name)
