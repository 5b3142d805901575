"""What a spec hands to a command beside the drawn parameters: its inputs, and places for its outputs."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from sweepflow.fields.model import Number, SpecModel, WholeNumber


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


def is_remote(path: str) -> bool:
    """Whether the path names a place that is no file or folder of this machine."""
    return "://" in path or path.startswith(("azureml:", "wasb:", "wasbs:", "abfs:", "abfss:", "adl:"))


def absolute(path: str) -> str:
    """The path of a file or folder, absolute, so that it stays the same wherever a sweep is resumed."""
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

    @property
    def is_folder(self) -> bool:
        """Whether it must be a folder."""
        return self.type == "uri_folder"


class Output(SpecModel):
    """A folder, or a file, that a command writes; every trial has its own."""

    type: _AssetType = Field(default="uri_folder", description="A uri_file, or a folder.")
    path: str | None = Field(default=None, description="Has no effect here: it is in the trial's own folder.")
    mode: str | None = Field(default=None, description="Has no effect here: it is written where it stays.")


def _default(value: Any) -> Any:
    return {} if value is None else value


def _input_name(name: str) -> str:
    if not name or len(name) > 2048 or not name.isprintable():
        raise ValueError("its name must be printable text of at most 2048 characters")
    return name


InputName = Annotated[str, AfterValidator(_input_name)]
"""Any text: a script may ask for a data set by its name in that cloud, or by its URL."""

Input = FileInput | str | bool | WholeNumber | Number | None

Inputs = dict[InputName, Input]

Outputs = dict[Name, Annotated[Output, BeforeValidator(_default)]]


def texts_of(inputs: Inputs) -> dict[str, str]:
    """What a command gets for each input that has a value."""
    values = {n: value.path if isinstance(value, FileInput) else value for n, value in inputs.items()}
    return {name: str(value) for name, value in values.items() if value is not None}
