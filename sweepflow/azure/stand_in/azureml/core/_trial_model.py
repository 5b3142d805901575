"""A model under a name, as the script of a trial sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azureml._cloud import CloudOnly
from azureml._inputs import local_path


class TrialModel:
    """What a script gets back for a model that it registers."""

    def __init__(
        self, workspace: object = None, name: str = "", tags: Mapping[str, Any] | None = None, **_: object
    ) -> None:
        self.workspace = workspace
        self.name = name
        self.version = 1
        self.id = f"{name}:1"
        self.tags = dict(tags or {})

    @staticmethod
    def register(
        workspace: object = None,
        model_path: str = "",
        model_name: str = "",
        tags: Mapping[str, Any] | None = None,
        **_: object,
    ) -> TrialModel:
        """The model's name; in a trial nothing is registered, which the log says."""
        print(
            f"The model '{model_name}' ({model_path}) is not registered by a trial: what it writes to "
            "./outputs is kept, and the best trial's model can be registered after the sweep."
        )
        return TrialModel(workspace, model_name, tags)

    @staticmethod
    def get_model_path(model_name: str, *_: object, **__: object) -> str:
        """The local file that is mapped to the model."""
        return str(local_path(model_name))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise CloudOnly(f"Model.{name}")
