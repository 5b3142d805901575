"""What a spec hands to a command beside the drawn parameters: its inputs, and places for its outputs."""

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag

from sweepflow.data.prepared import PreparedData
from sweepflow.data.roles import RoleColumns
from sweepflow.fields.model import Number, SpecModel, WholeNumber, none_as_empty
from sweepflow.fields.union import AnyOf


def _name(name: str) -> str:
    if not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name):
        raise ValueError(
            "its name must be made of letters, digits and underscores, and not begin with a digit"
        )
    return name


Name = Annotated[str, AfterValidator(_name)]

_AssetType = Literal[
    "uri_file", "uri_folder", "mltable", "mlflow_model", "custom_model", "triton_model", "safe_model"
]

_REMOTE = ("azureml:", "wasb:", "wasbs:", "abfs:", "abfss:", "adl:", "/subscriptions/")
"""What the paths of other machines begin with, the identifiers of resources in Azure among them."""


def is_remote(path: str) -> bool:
    """Whether the path names a place that is no file or folder of this machine."""
    return "://" in path or path.startswith(_REMOTE)


def local(path: str) -> str:
    """The path without the `file:` of a URL, which stands for this machine."""
    return re.sub(r"^file:(//(?=/))?", "", path)


def absolute(path: str) -> str:
    """The path of a file or folder, absolute, so that it stays the same wherever a sweep is resumed."""
    path = local(path)
    return path if is_remote(path) else str(Path(path).expanduser().absolute())


LocalPath = Annotated[
    str,
    Field(min_length=1, max_length=4096),
    BeforeValidator(lambda value: absolute(value) if isinstance(value, str) and value else value),
]


class FileInput(SpecModel):
    """A file or a folder that a command reads."""

    type: _AssetType = Field(default="uri_folder", description="A uri_file, or a folder.")
    path: LocalPath = Field(description="Where it is; a remote one is mapped by --input NAME=PATH.")
    mode: str | None = Field(default=None, description="Has no effect here: files are read where they lie.")


class Output(SpecModel):
    """A folder, or a file, that a command writes; every trial has its own."""

    type: _AssetType = Field(default="uri_folder", description="A uri_file, or a folder.")
    path: str | None = Field(default=None, description="Has no effect here: it is in the trial's own folder.")
    mode: str | None = Field(default=None, description="Has no effect here: it is written where it stays.")


def _input_name(name: str) -> str:
    if not name or len(name) > 2048 or not name.isprintable():
        raise ValueError("its name must be printable text of at most 2048 characters")
    return name


InputName = Annotated[str, AfterValidator(_input_name)]
"""Any text: a script may ask for a data set by its name in that cloud, or by its URL."""

_Value = str | bool | WholeNumber | Number | None

Input = Annotated[
    Annotated[FileInput, Tag("<file>")] | Annotated[_Value, Tag("<value>")],
    Discriminator(lambda value: "<file>" if isinstance(value, FileInput | Mapping) else "<value>"),
    AnyOf(),
]

Inputs = Annotated[dict[InputName, Input], BeforeValidator(none_as_empty)]

Outputs = Annotated[
    dict[Name, Annotated[Output, BeforeValidator(none_as_empty)]], BeforeValidator(none_as_empty)
]


PARTS = ("train", "validation")
"""The inputs that a spec's data gives a command: files of its prepared rows, without those for the test."""


ROLES = tuple(f"{part}_roles" for part in PARTS)
"""Further such inputs where columns of the data have a role: files of the rows' weights, groups and times."""


def names_of_parts(roles: RoleColumns) -> tuple[str, ...]:
    """The inputs that data with these roles gives a command."""
    return (*PARTS, *ROLES) if roles.are_named else PARTS


def have_changed_since(inputs: Inputs, time: datetime) -> bool:
    """Whether one of the files, or of the files in the folders, has changed since that time."""
    paths = [Path(value.path) for value in inputs.values() if isinstance(value, FileInput)]
    entries = (entry for path in paths for entry in (path, *path.rglob("*")))
    return any(entry.lstat().st_mtime > time.timestamp() for entry in entries)


def text_of(value: Input) -> str | None:
    """What a command gets for an input: a path, or the value as Python writes it; None if it has no value."""
    if value is None:
        return None
    return value.path if isinstance(value, FileInput) else str(value)


def texts_of(inputs: Inputs, data: PreparedData | None) -> dict[str, str]:
    """What a command gets for each input that has a value, and for the parts of the data."""
    texts = ((name, text_of(value)) for name, value in inputs.items())
    names = () if data is None else names_of_parts(data.roles)
    parts = {} if data is None else {name: str(part_path(data, name)) for name in names}
    return {**{name: text for name, text in texts if text is not None}, **parts}


def part_path(data: PreparedData, part: str) -> Path:
    """The file of a part of the data, or of its roles, for a command."""
    return Path(data.folder, f"{part}.csv")
