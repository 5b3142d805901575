"""How a script runs in the cloud, which has no effect here."""

from __future__ import annotations

from typing import Any

from azureml._cloud import absent
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.environment import Environment

__all__ = ["CondaDependencies", "RunConfiguration"]

DEFAULT_CPU_IMAGE = "this machine"
DEFAULT_GPU_IMAGE = "this machine"


class RunConfiguration:
    """Settings of a run: all can be set, and the environment's variables alone have an effect."""

    def __init__(self, *_: object, **__: object) -> None:
        self.environment = Environment()
        self.target: Any = "local"
        self.framework = "python"


class DockerConfiguration:
    """Settings of a container, which is not made here."""

    def __init__(self, *_: object, **settings: object) -> None:
        self.settings = settings


class MpiConfiguration(DockerConfiguration):
    """Settings of a distributed run."""


class PyTorchConfiguration(DockerConfiguration):
    """Settings of a distributed run."""


class TensorflowConfiguration(DockerConfiguration):
    """Settings of a distributed run."""


def __getattr__(name: str) -> Any:
    return absent(__name__, name)
