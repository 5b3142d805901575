"""Environments, whose variables alone have an effect: scripts run in the one that runs the sweep."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from azureml._cloud import absent
from azureml.core.conda_dependencies import CondaDependencies

if TYPE_CHECKING:
    from typing import Self


class Environment:
    """An environment's name, and the variables that scripts get."""

    def __init__(self, name: str = "local", **_: object) -> None:
        self.name = name
        self.version = "1"
        self.environment_variables: dict[str, str] = {}
        self.python = SimpleNamespace(
            conda_dependencies=CondaDependencies(), user_managed_dependencies=False, interpreter_path="python"
        )
        self.docker = SimpleNamespace(enabled=False, base_image=None, base_dockerfile=None)
        self.spark = SimpleNamespace()
        self.inferencing_stack_version: str | None = None

    @classmethod
    def from_conda_specification(cls, name: str, file_path: str = "") -> Self:  # noqa: ARG003
        """The environment of this name; nothing is installed."""
        return cls(name)

    from_pip_requirements = from_conda_specification
    from_dockerfile = from_docker_image = from_existing_conda_environment = from_conda_specification

    @classmethod
    def get(cls, workspace: object, name: str, version: object = None, **_: object) -> Self:  # noqa: ARG003
        """The environment of this name."""
        return cls(name)

    @classmethod
    def list(cls, workspace: object) -> dict[str, Self]:  # noqa: ARG003
        """None: every name can be had."""
        return {}

    def clone(self, new_name: str) -> Environment:
        """The same under another name."""
        copy = Environment(new_name)
        copy.environment_variables.update(self.environment_variables)
        return copy

    def register(self, *_: object, **__: object) -> Self:
        """Itself: nothing is registered."""
        return self

    def build(self, *_: object, **__: object) -> Any:
        """Something to wait for that is done."""
        return SimpleNamespace(wait_for_completion=lambda *_, **__: None, status="Succeeded")

    build_local = build


def __getattr__(name: str) -> Any:
    return absent(__name__, name)
