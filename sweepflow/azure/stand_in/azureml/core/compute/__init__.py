"""Compute targets, which have no effect here: trials train on this machine."""

from __future__ import annotations

from typing import Any

from azureml._cloud import CloudOnly, absent
from azureml._notes import note
from azureml.exceptions import ComputeTargetException

_INSTEAD = "trials train on this machine"


class ComputeStatus:
    """The state of this machine, which is always there."""

    provisioning_state = "Succeeded"

    def serialize(self) -> dict[str, str]:
        """The state as a mapping."""
        return {"provisioningState": self.provisioning_state, "where": "this machine"}


class ComputeTarget:
    """A compute target's name; whichever it is, trials train on this machine."""

    def __init__(self, workspace: object = None, name: str = "local", **_: object) -> None:
        self.workspace = workspace
        self.name = name
        self.type = "local"
        self.provisioning_state = "Succeeded"
        if name != "local":
            note(f"compute target '{name}' has no effect here: {_INSTEAD}")

    @staticmethod
    def create(workspace: object, name: str, provisioning_configuration: object = None) -> ComputeTarget:  # noqa: ARG004
        """The compute target, at once: nothing is created."""
        return ComputeTarget(workspace, name)

    @staticmethod
    def attach(workspace: object, name: str, attach_configuration: object = None) -> ComputeTarget:  # noqa: ARG004
        """The compute target, at once: nothing is attached."""
        return ComputeTarget(workspace, name)

    def wait_for_completion(self, *_: object, **__: object) -> None:
        """Nothing has to be waited for."""

    def get_status(self) -> ComputeStatus:
        """The state of this machine."""
        return ComputeStatus()

    def serialize(self) -> dict[str, Any]:
        """Its name and state."""
        return {"name": self.name, **ComputeStatus().serialize()}

    def start(self, *_: object, **__: object) -> None:
        """Nothing has to be started."""

    stop = delete = update = refresh_state = detach = start

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise CloudOnly(f"{type(self).__name__}.{name}", _INSTEAD)


class AmlCompute(ComputeTarget):
    """A cluster's name; whichever it is, trials train on this machine."""

    @staticmethod
    def provisioning_configuration(*_: object, **settings: object) -> dict[str, object]:
        """The settings, which nothing is created with."""
        return settings

    @staticmethod
    def attach_configuration(*_: object, **settings: object) -> dict[str, object]:
        """The settings, which nothing is attached with."""
        return settings


class ComputeInstance(AmlCompute):
    """A compute instance's name; whichever it is, trials train on this machine."""


def __getattr__(name: str) -> Any:
    return absent(__name__, name)


__all__ = ["AmlCompute", "ComputeInstance", "ComputeTarget", "ComputeTargetException"]
