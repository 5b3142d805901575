"""What a spec says of its table: where it is, what to predict, and how its cells are written."""

from typing import Annotated

from pydantic import Field, field_validator

from sweepflow.credentials import secret_in
from sweepflow.unions import Number, SpecModel

__all__ = ["ColumnName", "DataSource"]

ColumnName = Annotated[str, Field(coerce_numbers_to_str=True)]
"""The name of a column; in YAML, 2024 means the column that a file calls 2024."""


class DataSource(SpecModel, title="table"):
    """Where the table is, which column to predict, and which ones to learn from."""

    path: str = Field(
        min_length=1, max_length=4096, description="CSV, Parquet or Arrow file, folder of such files, or URL."
    )
    target: ColumnName = Field(description="Column to predict.")
    positive_label: str | int | Number | bool | None = Field(
        default=None, description="Positive label of two. Default: the greater."
    )
    features: tuple[ColumnName, ...] | None = Field(
        default=None, description="Columns to learn from. Default: all."
    )
    drop: tuple[ColumnName, ...] = Field(default=(), description="Columns to leave out, such as identifiers.")
    dates: tuple[ColumnName, ...] = Field(default=(), description="Columns of text to be read as dates.")

    @field_validator("path")
    @classmethod
    def _holds_no_secret(cls, path: str) -> str:
        if "://" in path and (found := secret_in(path)):
            raise ValueError(
                f"must not hold {found}: it would be recorded and shown; give it where the flow runs, in "
                "the environment that the file system reads (AWS_SECRET_ACCESS_KEY, FSSPEC_S3_SECRET, ...)"
            )
        return path
