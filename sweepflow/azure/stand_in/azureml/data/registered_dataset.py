"""A data set that a script asks for by its name only, so that it may be a table or files."""

from azureml.data.file_dataset import FileDataset
from azureml.data.tabular_dataset import TabularDataset


class RegisteredDataset(TabularDataset, FileDataset):
    """An input of the sweep as a table and as files."""
