"""Prepared data on disk: its description, and its parts, read from memory-mapped files.

pandas and pyarrow are imported when a part is read: every spec has the description, few processes read parts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from sweepflow.data.labels import Label, in_words
from sweepflow.data.mapped_files import mapped
from sweepflow.data.roles import NO_ROLES, RoleColumns, Roles
from sweepflow.fields.model import Number, SpecModel

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


class FeatureColumns(SpecModel):
    """The features by the kind of their values, and how these are written in the source."""

    numeric: tuple[str, ...] = Field(description="Features that are numbers, NaN where missing.")
    boolean: tuple[str, ...] = Field(description="Features that are true or false; 1, 0, NaN if some miss.")
    categorical: tuple[str, ...] = Field(description="Features that are text.")
    date: tuple[str, ...] = Field(description="Features that are timestamps, in UTC.")
    time: tuple[str, ...] = Field(default=(), description="Features that are times of day; in seconds.")
    date_formats: dict[str, str] = Field(description="How dates are written in the source, if as text.")
    n_categories: dict[str, int] = Field(
        default={}, description="Number of different texts, none among them, of each feature that is text."
    )
    time_zones: dict[str, str] = Field(
        default={}, description="Time zones of dates in the source, by name or offset; not of those in UTC."
    )
    number_formats: dict[str, dict[str, Any]] = Field(
        default={}, description="How numbers are written in the source, where pandas reads no plain ones."
    )
    read_words: tuple[str, ...] = Field(
        default=(), description="Features of text of which pandas may read a part as numbers or booleans."
    )
    missing_words: tuple[str, ...] = Field(
        default=(), description="Words that count as missing, beside nothing and blanks."
    )
    words_for_missing: dict[str, str] = Field(
        default={}, description="Categories that pandas takes for missing values, one of a column."
    )


class PreparedData(FeatureColumns):
    """The folder of the prepared parts, and their description."""

    folder: str = Field(description="Holds train.arrow, validation.arrow, test.arrow and prepared.json.")
    fingerprint: str = Field(description="SHA-256 of the source's bytes, wherever they are.")
    target: str | tuple[str, ...] = Field(description="Column to predict; or several of numbers.")
    is_classification: bool = Field(description="Whether the target holds classes.")
    labels: tuple[Label, ...] | None = Field(description="Classes in ascending order; null for regression.")
    positive_label: str | int | Number | bool | None = Field(
        description="The positive one of two classes; else null."
    )
    n_rows: dict[str, int] = Field(description="Number of rows of each part.")
    roles: RoleColumns = Field(
        default=RoleColumns(),
        description="Columns that have a role, and are no features.",
    )
    notices: tuple[str, ...] = Field(description="What the user should know, one sentence each.")

    @property
    def targets(self) -> tuple[str, ...]:
        """The columns to predict, mostly one."""
        return (self.target,) if isinstance(self.target, str) else self.target

    def described_target(self, noun: str = "column") -> str:
        """The columns to predict in a sentence: column 'price', or columns 'price' and 'days'."""
        return in_words(noun, self.targets)


Part = Literal["train", "validation", "test"]


def load_part(prepared_folder: str | Path, part: Part) -> "pd.DataFrame":
    """The features and the targets of one part; the numbers are not copied and cannot be written to."""
    with _table(Path(prepared_folder, f"{part}.arrow")) as table:
        frame: pd.DataFrame = table.to_pandas(split_blocks=True)
    return frame


def load_rows(prepared_folder: str | Path, part: Part, rows: NDArray[np.intp]) -> "pd.DataFrame":
    """The features and the targets of these rows of one part, which need not fit into memory as a whole."""
    with _table(Path(prepared_folder, f"{part}.arrow")) as table:
        frame: pd.DataFrame = table.take(rows).to_pandas()
    return frame


def load_roles(data: PreparedData, part: Part) -> Roles:
    """The values of the columns that have a role, for the rows of one part; see `Roles`."""
    if not data.roles.are_named:
        return NO_ROLES
    with _table(roles_path(data.folder, part)) as table:
        return Roles(**{name: table.column(name).to_numpy() for name in table.column_names})


def roles_path(prepared_folder: str | Path, part: str) -> Path:
    """The file of `load_roles`, which is there if any column has a role."""
    return Path(prepared_folder, f"{part}.roles.arrow")


def arrays_folder(prepared_folder: str | Path) -> Path:
    """Where trials keep what their preprocessing has made of the parts; it may not be there."""
    return Path(prepared_folder, "arrays")


def load_target(data: PreparedData, part: Part) -> NDArray[Any]:
    """The target of one part; several have the shape (rows, targets)."""
    with _table(Path(data.folder, f"{part}.arrow")) as table:
        columns = table.select(list(data.targets)).to_pandas()
    return np.asarray(columns if len(data.targets) > 1 else columns[data.target])


def read_prepared(folder: Path) -> PreparedData | None:
    """The prepared data in the folder, wherever that has been moved; None unless it is complete."""
    try:
        prepared = PreparedData.model_validate_json((folder / "prepared.json").read_bytes())
    except (OSError, ValidationError):
        return None
    files = [folder / f"{part}.arrow" for part in prepared.n_rows]
    if prepared.roles.are_named:
        files += [roles_path(folder, part) for part in prepared.n_rows]
    is_whole = all(file.is_file() for file in files)
    return prepared.model_copy(update={"folder": str(folder)}) if is_whole else None


def features_and_target(table: "pd.DataFrame", data: PreparedData) -> "tuple[pd.DataFrame, NDArray[Any]]":
    """The feature columns, and the target as an array (text as Python strings).

    Several targets are an array of numbers of the shape (rows, targets), in the order in which the spec names
    them.
    """
    if len(data.targets) > 1:
        names = list(data.targets)
        return table.drop(columns=names), np.asarray(table[names])
    return table.drop(columns=data.target), _one_target(table[data.target])


def _one_target(column: "pd.Series[Any]") -> NDArray[Any]:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf":
        return column.to_numpy()
    import pandas as pd

    codes, texts = pd.factorize(column)  # so that rows of a class share its text
    return np.asarray(texts, dtype=object)[codes]


def all_training_rows(data: PreparedData) -> "tuple[pd.DataFrame, NDArray[Any]]":
    """Features and target of the training and the validation rows together."""
    import pandas as pd

    parts = [load_part(data.folder, "train"), load_part(data.folder, "validation")]
    return features_and_target(pd.concat(parts, ignore_index=True), data)


def all_training_roles(data: PreparedData) -> Roles:
    """The roles' values for the rows of `all_training_rows`."""
    return load_roles(data, "train").followed_by(load_roles(data, "validation"))


@contextmanager
def _table(path: Path) -> "Iterator[pa.Table]":
    """The table in the file, whose memory is the file's own."""
    import pyarrow as pa

    with pa.BufferReader(pa.py_buffer(mapped(path))) as stream:
        yield pa.ipc.open_file(stream).read_all()
