"""The workspace that a script asks for its data sets."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from azureml._cloud import CloudOnly, absent

if TYPE_CHECKING:
    _Dictionary = dict[str, Any]
else:  # Python 3.8 cannot subscript the class
    _Dictionary = dict


class _ByName(_Dictionary):
    """Empty, and still has something under any name that is asked for."""

    def __init__(self, make: Callable[[str], Any]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, name: str) -> Any:
        return self._make(name)


class Workspace:
    """A name; its data sets are the inputs of the sweep."""

    def __init__(
        self,
        subscription_id: str = "local",
        resource_group: str = "local",
        workspace_name: str = "sweepflow",
        **_: object,
    ) -> None:
        self.subscription_id = subscription_id
        self.resource_group = resource_group
        self.name = workspace_name
        self.location = "local"
        self.tags: dict[str, str] = {}

    @classmethod
    def from_config(cls, *_: object, **__: object) -> Workspace:
        """The workspace; no file with its configuration is needed."""
        return cls()

    @classmethod
    def get(
        cls, name: str, subscription_id: str = "local", resource_group: str = "local", **_: object
    ) -> Workspace:
        """The workspace under this name."""
        return cls(subscription_id, resource_group, name)

    @property
    def datasets(self) -> Mapping[str, Any]:
        """The inputs of the sweep, each read as the data set of its name."""
        from azureml.data.input_datasets import InputDatasets

        return InputDatasets()

    @property
    def models(self) -> Mapping[str, Any]:
        """The newest version of each registered model, by its name."""
        from azureml.core.model import Model

        return {model.name: model for model in Model.list(self, latest=True)}

    @property
    def compute_targets(self) -> Mapping[str, Any]:
        """A compute target under any name, and this machine in the list, since trials train on it."""
        from azureml.core.compute import AmlCompute

        targets = _ByName(lambda name: AmlCompute(self, name))
        targets["local"] = AmlCompute(self, "local")
        return targets

    @property
    def environments(self) -> Mapping[str, Any]:
        """An environment under any name, and none that is listed."""
        from azureml.core.environment import Environment

        return _ByName(Environment)

    @property
    def webservices(self) -> Mapping[str, Any]:
        """None: nothing is deployed."""
        return {}

    @property
    def datastores(self) -> Mapping[str, Any]:
        """A datastore under any name, and none that is listed."""
        from azureml.core.datastore import Datastore

        return _ByName(lambda name: Datastore(self, name))

    def get_run(self, run_id: str) -> Any:
        """The run of this ID; UserErrorException if none is on record."""
        from azureml.core.run import Run

        return Run.get(self, run_id)

    def get_default_datastore(self) -> Any:
        """A datastore that paths can be named in, but nothing be uploaded to."""
        from azureml.core.datastore import Datastore

        return Datastore(self)

    def get_mlflow_tracking_uri(self, *_: object, **__: object) -> str:
        """Where MLflow logs the trial; CloudOnly outside of one."""
        uri = os.environ.get("MLFLOW_TRACKING_URI")
        if uri is None:
            raise CloudOnly("Workspace.get_mlflow_tracking_uri", "MLflow logs to its own default place")
        return uri

    def get_details(self) -> dict[str, str]:
        """Its name and place."""
        return {"name": self.name, "location": self.location}

    def write_config(self, *_: object, **__: object) -> None:
        """Does nothing: the workspace needs no configuration."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise CloudOnly(f"Workspace.{name}")


if not TYPE_CHECKING:  # a checker must tell a misspelt name

    def __getattr__(name):
        return absent(__name__, name)
