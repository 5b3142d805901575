"""The table of a spec: where it is, what to predict, and how its cells are written."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from sweepflow.base.credentials import secret_in
from sweepflow.fields.model import Number, SpecModel, WholeNumber

__all__ = ["ColumnName", "DataSource"]

ColumnName = Annotated[str, Field(coerce_numbers_to_str=True)]
"""The name of a column; in YAML, 2024 means the column that a file calls 2024."""


def _written(word: Any) -> Any:
    """The word as text; for YAML -999 is a number."""
    if word is None:
        raise ValueError('must be text: put the word into quotes, "null"')
    return str(word) if isinstance(word, int | float) and not isinstance(word, bool) else word


Word = Annotated[str, BeforeValidator(_written)]


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
    categories: tuple[ColumnName, ...] = Field(
        default=(), description="Columns of categories, though they look like numbers, such as postcodes."
    )
    numbers: tuple[ColumnName, ...] = Field(
        default=(), description="Columns of numbers, though not all cells are; those count as missing."
    )
    nulls: tuple[Word, ...] | None = Field(
        default=None, description="Words that count as missing. Default: those of pandas, in CSV files."
    )
    decimal: Literal[".", ","] | None = Field(
        default=None, description="Decimal sign of numbers in text. Default: as the columns show."
    )
    thousands: Literal[",", ".", " ", "'"] | None = Field(
        default=None, description="Thousands sign of numbers in text. Default: as the columns show."
    )

    @field_validator("path")
    @classmethod
    def _holds_no_secret(cls, path: str) -> str:
        if "://" in path and (secret := secret_in(path)):
            raise ValueError(
                f"must not hold {secret}: it would be recorded and shown; give it where the flow runs, in "
                "the environment that the file system reads (AWS_SECRET_ACCESS_KEY, FSSPEC_S3_SECRET, ...)"
            )
        return path

    @model_validator(mode="after")
    def _says_one_thing_of_each_column(self) -> Self:
        if self.decimal and self.decimal == self.thousands:
            raise ValueError(f"decimal and thousands must differ, both are {self.decimal!r}")
        names_by_field: dict[str, Iterable[str]] = {
            "dates": self.dates,
            "categories": self.categories,
            "numbers": self.numbers,
        }
        for name in dict.fromkeys(name for names in names_by_field.values() for name in names):
            fields = [field for field, names in names_by_field.items() if name in names]
            if len(fields) > 1:
                raise ValueError(f"column {name!r} is in {' and '.join(fields)}: keep it in one of them")
        return self


class Validation(SpecModel):
    """How many rows are held back: to compare trials (validation), and to judge the chosen model (test)."""

    validation_size: float = Field(default=0.2, gt=0, lt=1, description="Share of all rows, to rank trials.")
    test_size: float = Field(
        default=0.2, gt=0, lt=1, description="Share of all rows, to judge the best model."
    )
    folds: WholeNumber | None = Field(
        default=None,
        ge=2,
        description="Cross-validate on so many parts of all rows but the test's; each makes one interval.",
    )
    stratify: bool | None = Field(default=None, description="Same shares of classes. Default: if any.")
    # numpy's RandomState, which scikit-learn splits by, takes no more than 32 bits.
    seed: int = Field(default=0, ge=0, lt=2**32, description="Seed of the random split.")

    @model_validator(mode="after")
    def _leaves_rows_to_train_on(self) -> Self:
        if (total := self.validation_size + self.test_size) >= 1:
            raise ValueError(f"validation_size + test_size must be < 1, got {total}")
        return self
