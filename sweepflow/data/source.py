"""The table of a spec: where it is, what to predict, and how its cells are written."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, field_validator, model_validator

from sweepflow.base.credentials import secret_in
from sweepflow.base.printable import brief
from sweepflow.data.gap import Gap
from sweepflow.data.roles import RoleColumns
from sweepflow.fields.model import Number, SpecModel, WholeNumber
from sweepflow.fields.union import AnyOf

__all__ = ["ColumnName", "DataSource"]

ColumnName = Annotated[str, Field(coerce_numbers_to_str=True)]
"""The name of a column; in YAML, 2024 means the column that a file calls 2024."""


def _written(word: Any) -> Any:
    """The word as text; for YAML -999 is a number."""
    if word is None:
        raise ValueError('must be text: put the word into quotes, "null"')
    return str(word) if isinstance(word, int | float) and not isinstance(word, bool) else word


Word = Annotated[str, BeforeValidator(_written)]


TablePath = Annotated[str, Field(min_length=1, max_length=4096)]

TimeColumns = Annotated[
    tuple[ColumnName, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str | int) else value)
]
"""One column, or several, the greatest unit first; a number is a name, as in `ColumnName`."""

TargetColumns = Annotated[
    Annotated[ColumnName, Tag("<one>")] | Annotated[tuple[ColumnName, ...], Tag("<several>")],
    Discriminator(lambda value: "<several>" if isinstance(value, list | tuple) else "<one>"),
    AnyOf(),
]
"""One column, or at least two."""


class DataSource(SpecModel, title="table"):
    """Where the table is, which column to predict, and which ones to learn from."""

    path: TablePath = Field(
        description="CSV, Parquet or Arrow file, folder of such files, or URL; or `train`."
    )
    validation: TablePath | None = Field(
        title="Validation file",
        default=None,
        description="Another such file, to rank the trials. Default: rows of path, drawn.",
    )
    test: TablePath | None = Field(
        title="Test file",
        default=None,
        description="Another such file, to judge the best model. Default: rows of path, drawn.",
    )
    target: TargetColumns = Field(
        description="Column to predict; or several of numbers, which one estimator predicts together."
    )
    columns: tuple[ColumnName, ...] | None = Field(
        default=None,
        min_length=1,
        description="Names of the columns of CSV files without a header. Default: their first line.",
    )
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
    weight: ColumnName | None = Field(default=None, description="Column that says how much a row counts.")
    group: ColumnName | None = Field(
        default=None, description="Column of what belongs together, such as a patient: never split."
    )
    time: TimeColumns = Field(
        default=(), description="Column of when a row was: what is later ranks and tests what is earlier."
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

    @model_validator(mode="before")
    @classmethod
    def _takes_train_for_path(cls, fields: Any) -> Any:
        if not isinstance(fields, dict) or "train" not in fields:
            return fields
        if "path" in fields:
            raise ValueError("path and train are the same: keep one of them")
        return {"path": fields["train"], **{name: fields[name] for name in fields if name != "train"}}

    @field_validator("target", mode="before")
    @classmethod
    def _names_columns(cls, target: Any) -> Any:
        if isinstance(target, list | tuple):
            names = [str(name) for name in target]
            if repeated := [name for name in names if names.count(name) > 1]:
                raise ValueError(f"names column {repeated[0]!r} twice: keep one of them")
            if not names:
                raise ValueError("must name a column, or several, got an empty list")
            is_one = len(target) == 1 and not isinstance(target[0], list | tuple)
            return target[0] if is_one else target
        if isinstance(target, dict):
            raise ValueError(
                f"must be the name of a column, got {brief(target)}; trial.target says how it is learned, as "
                "in {transform: log1p}"
            )
        return target

    @field_validator("path", "validation", "test")
    @classmethod
    def _holds_no_secret(cls, path: str | None) -> str | None:
        if path and "://" in path and (secret := secret_in(path)):
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
        for name, role in self.names_by_role:
            others = [other for named, other in self.names_by_role if named == name and other != role]
            if others or name in self.targets:
                raise ValueError(f"column {name!r} is {role} and {(*others, 'target')[0]}: keep one of them")
            if name in self.drop:
                raise ValueError(f"column {name!r} is {role} and in drop: take it out of one of them")
            if name in (self.features or ()) and role != "time":
                raise ValueError(f"column {name!r} is {role}, leave it out of features")
        return self

    @property
    def targets(self) -> tuple[str, ...]:
        """The columns to predict, mostly one."""
        return (self.target,) if isinstance(self.target, str) else self.target

    @property
    def part_paths(self) -> dict[str, str]:
        """The further paths, by the part that their rows are for."""
        paths = {"validation": self.validation, "test": self.test}
        return {part: path for part, path in paths.items() if path is not None}

    @property
    def roles(self) -> RoleColumns:
        """The columns that have a role."""
        return RoleColumns(weight=self.weight, group=self.group, time=self.time)

    @property
    def only_roles(self) -> frozenset[str]:
        """The columns that are not learned from: those with a role, but a time that another field names."""
        learned = {*(self.features or ()), *self.dates, *self.categories, *self.numbers}
        return frozenset(name for name, role in self.names_by_role if role != "time" or name not in learned)

    @property
    def names_by_role(self) -> list[tuple[str, str]]:
        """The columns that have a role, each with its role."""
        single = [("weight", self.weight), ("group", self.group)]
        return [(name, role) for role, name in single if name is not None] + [(n, "time") for n in self.time]


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
    part: ColumnName | None = Field(
        default=None, description="Column that says train, validation or test of each row. Default: drawn."
    )
    gap: Gap = Field(
        default=0,
        description="With data.time: so many times are left out between two parts, or so much time: 7d, 12h.",
    )
    stratify: bool | None = Field(default=None, description="Same shares of classes. Default: if any.")
    # numpy's RandomState, which scikit-learn splits by, takes no more than 32 bits.
    seed: int = Field(default=0, ge=0, lt=2**32, description="Seed of the random split.")

    @model_validator(mode="after")
    def _leaves_rows_to_train_on(self) -> Self:
        if (total := self.validation_size + self.test_size) >= 1:
            raise ValueError(f"validation_size + test_size must be < 1, got {total}")
        return self
