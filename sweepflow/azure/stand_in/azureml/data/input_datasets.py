"""The inputs of the sweep as data sets, by name."""

from collections.abc import Iterator, Mapping

from azureml._inputs import find_input, inputs, not_mapped
from azureml.data.registered_dataset import RegisteredDataset


class InputDatasets(Mapping[str, RegisteredDataset]):
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
