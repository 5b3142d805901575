"""The older way to name a script that uses a framework for neural networks."""

from __future__ import annotations

from typing import Any

from azureml._cloud import absent
from azureml.train.estimator import Estimator


class Chainer(Estimator):
    """A script that uses Chainer: the one of this environment."""


class PyTorch(Estimator):
    """A script that uses PyTorch: the one of this environment."""


class TensorFlow(Estimator):
    """A script that uses TensorFlow: the one of this environment."""


__all__ = ["Chainer", "PyTorch", "TensorFlow"]


def __getattr__(name: str) -> Any:
    return absent(__name__, name)
