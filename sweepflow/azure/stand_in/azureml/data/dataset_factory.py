"""Makes data sets of the files that a script names: URLs, paths, or paths in a datastore."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from azureml._cloud import absent
from azureml._uploads import files_below, upload
from azureml.data.data_type import DataType
from azureml.data.dataset_type_definitions import PromoteHeadersBehavior
from azureml.data.file_dataset import FileDataset
from azureml.data.frame_dataset import FrameDataset
from azureml.data.reading import Kind
from azureml.data.sources import sources
from azureml.data.tabular_dataset import TabularDataset

_ENCODINGS = {"iso88591": "iso-8859-1", "utf8bom": "utf-8-sig", "windows1252": "cp1252"}


class TabularDatasetFactory:
    """Tables."""

    @staticmethod
    def from_delimited_files(
        path: Any,
        *_: object,
        infer_column_types: bool = True,
        set_column_types: Mapping[str, DataType] | None = None,
        separator: str | None = None,
        header: Any = True,
        empty_as_string: bool = False,
        encoding: str = "utf8",
        **__: object,
    ) -> TabularDataset:
        """A table in text files; pandas infers the types unless `set_column_types` gives them."""
        arguments: dict[str, Any] = {"encoding": _ENCODINGS.get(encoding, encoding)}
        if separator is not None:
            arguments["sep"] = separator
        if header is False or header is PromoteHeadersBehavior.NO_HEADERS:
            arguments["header"] = None
        if not infer_column_types:
            arguments["dtype"] = str
        if empty_as_string:
            arguments["keep_default_na"] = False
        return TabularDataset(sources(path), kind=Kind(arguments=arguments), types=set_column_types)

    @staticmethod
    def from_parquet_files(
        path: Any, *_: object, set_column_types: Mapping[str, DataType] | None = None, **__: object
    ) -> TabularDataset:
        """A table in Parquet files."""
        return TabularDataset(sources(path), kind=Kind(is_parquet=True), types=set_column_types)

    @staticmethod
    def from_json_lines_files(
        path: Any, *_: object, set_column_types: Mapping[str, DataType] | None = None, **__: object
    ) -> TabularDataset:
        """A table in files that hold a JSON object a line."""
        return TabularDataset(sources(path), kind=Kind(is_lines=True), types=set_column_types)

    @staticmethod
    def register_pandas_dataframe(
        dataframe: Any,
        target: object = None,  # noqa: ARG004
        name: str = "",
        **_: object,
    ) -> TabularDataset:
        """The data frame as a table, which a notebook finds again under this name."""
        return FrameDataset(dataframe).register(name=name)


class FileDatasetFactory:
    """Files."""

    @staticmethod
    def from_files(path: Any, *_: object, **__: object) -> FileDataset:
        """The files as they are."""
        return FileDataset(sources(path))

    @staticmethod
    def upload_directory(src_dir: str, target: Any, *_: object, **__: object) -> FileDataset:
        """The files of a folder, read on this machine; CloudOnly in a trial."""
        (path,) = sources(target)
        upload("Dataset.File.upload_directory", files_below(src_dir), path)
        return FileDataset([path or src_dir])


if not TYPE_CHECKING:  # a checker must tell a misspelt name

    def __getattr__(name):
        return absent(__name__, name)
