"""The inputs of the sweep as data sets, by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from azureml._inputs import find_input, inputs, not_mapped
from azureml._last_words import tell_if_it_fails
from azureml.data.registered_dataset import RegisteredDataset

# Python 3.8, which scripts of that time run with, cannot subscript the class.
if TYPE_CHECKING:
    _Datasets = Mapping[str, RegisteredDataset]
else:
    _Datasets = Mapping


class InputDatasets(_Datasets):
    """Data sets by the names of the inputs; an unknown one is an error that says how to give it."""

    def __getitem__(self, name: str) -> RegisteredDataset:
        path = find_input(str(name))
        if path is None:
            error = not_mapped(str(name))
            tell_if_it_fails(error)
            raise error
        return RegisteredDataset(str(path), name)

    def __contains__(self, name: object) -> bool:
        is_known = find_input(str(name)) is not None
        if not is_known:
            tell_if_it_fails(not_mapped(str(name)))
        return is_known

    def __iter__(self) -> Iterator[str]:
        return iter(inputs())

    def __len__(self) -> int:
        return len(inputs())
