"""Where a script gets its data sets from, by name or by path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azureml._cloud import absent
from azureml.data.dataset_factory import FileDatasetFactory, TabularDatasetFactory
from azureml.data.input_datasets import InputDatasets
from azureml.data.registered_dataset import RegisteredDataset


class Dataset:
    """Data sets by name, and by `Dataset.Tabular` and `Dataset.File` those of given files."""

    Tabular = TabularDatasetFactory
    File = FileDatasetFactory

    @staticmethod
    def get_by_name(workspace: object, name: str, version: object = "latest", **_: Any) -> RegisteredDataset:  # noqa: ARG004
        """The data set of an input of this name; DataNotMapped if there is none."""
        return InputDatasets()[name]

    @staticmethod
    def get_by_id(workspace: object, id: str, **_: Any) -> RegisteredDataset:  # noqa: ARG004
        """The data set of an input of this name; DataNotMapped if there is none."""
        return InputDatasets()[id]

    @staticmethod
    def get_all(workspace: object) -> InputDatasets:  # noqa: ARG004
        """All inputs, as data sets."""
        return InputDatasets()


if not TYPE_CHECKING:  # a checker must tell a misspelt name

    def __getattr__(name):
        return absent(__name__, name)
