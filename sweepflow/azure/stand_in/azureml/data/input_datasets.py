"""The inputs of the sweep as data sets, by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from azureml._inputs import find_input, inputs, not_mapped
from azureml.data.registered_dataset import RegisteredDataset

# Python 3.8, which scripts of that time run with, cannot subscript the class.
if TYPE_CHECKING:
    _Datasets = Mapping[str, RegisteredDataset]
else:
    _Datasets = Mapping


class InputDatasets(_Datasets):
    """Data sets by the names of the inputs; an unknown one is an error that says how to give it."""

    def __getitem__(self, name: str) -> RegisteredDataset:
        path = find_input(name)
        if path is None:
            raise not_mapped(name)
        return RegisteredDataset(str(path), name)

    def __iter__(self) -> Iterator[str]:
        return iter(inputs())

    def __len__(self) -> int:
        return len(inputs())
