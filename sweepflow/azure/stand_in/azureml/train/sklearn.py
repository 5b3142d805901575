"""The older way to name a script that uses scikit-learn."""

from __future__ import annotations

from typing import Any

from azureml._cloud import absent
from azureml.train.estimator import Estimator


class SKLearn(Estimator):
    """A script that uses scikit-learn: the one of this environment."""


__all__ = ["SKLearn"]


def __getattr__(name: str) -> Any:
    return absent(__name__, name)
