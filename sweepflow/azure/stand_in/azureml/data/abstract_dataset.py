"""What data sets of all kinds have."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml._cloud import CloudOnly
from azureml._inputs import find_input, local_path
from azureml._trial import metrics_path
from azureml.data.dataset_consumption_config import DatasetConsumptionConfig

if TYPE_CHECKING:
    from typing import Self


class AbstractDataset:
    """Files that the script names; they are looked for on this machine when they are read."""

    def __init__(self, sources: list[str], name: str | None = None) -> None:
        self.sources = sources
        self.name = name
        self.id = name
        self.version = 1
        self.description: str | None = None
        self.tags: dict[str, str] = {}

    @property
    def local_paths(self) -> list[Path]:
        """The local files or folders; DataNotMapped if one is not known."""
        return [local_path(source) for source in self.sources]

    def register(
        self,
        workspace: object = None,  # noqa: ARG002
        name: str | None = None,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        **_: object,
    ) -> Self:
        """The data set itself, which a notebook finds again under this name; a trial registers nothing."""
        self.name, self.description = name, description
        if name and metrics_path() is None and find_input(name) is None:
            self._register(name)
        self.tags.update(tags or {})
        return self

    def _register(self, name: str) -> None:
        from sweepflow.azure.hyperdrive.datastore import register

        register(name, self.local_paths)

    def as_named_input(self, name: str) -> DatasetConsumptionConfig:
        """The data set as an input of a run."""
        return DatasetConsumptionConfig(name, self)

    def add_tags(self, tags: Mapping[str, str] | None = None) -> Self:
        """The data set with these tags."""
        self.tags.update(tags or {})
        return self

    def __fspath__(self) -> str:
        return str(self.local_paths[0])

    def __str__(self) -> str:
        return self.__fspath__()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise CloudOnly(f"{type(self).__name__}.{name}", "use pandas on what to_pandas_dataframe() gives")
