"""The expressions, under their older name."""

from __future__ import annotations

from typing import Any

from azureml._cloud import absent
from azureml.train.hyperdrive import (
    choice,
    lognormal,
    loguniform,
    normal,
    qlognormal,
    qloguniform,
    qnormal,
    quniform,
    randint,
    uniform,
)

__all__ = [
    "choice",
    "lognormal",
    "loguniform",
    "normal",
    "qlognormal",
    "qloguniform",
    "qnormal",
    "quniform",
    "randint",
    "uniform",
]


def __getattr__(name: str) -> Any:
    return absent(__name__, name)
