"""The types that a script gives to columns."""

from __future__ import annotations

from typing import Any, NamedTuple


class DataType(NamedTuple):
    """A type of pandas, or how dates are written."""

    name: str
    formats: tuple[str, ...] = ()

    @staticmethod
    def to_string() -> DataType:
        """Text."""
        return DataType("object")

    @staticmethod
    def to_float(*_: object) -> DataType:
        """Numbers; what is none becomes missing."""
        return DataType("float64")

    @staticmethod
    def to_long(*_: object) -> DataType:
        """Whole numbers; with missing ones, pandas' nullable type."""
        return DataType("Int64")

    @staticmethod
    def to_bool(*_: object, **__: object) -> DataType:
        """True or false."""
        return DataType("boolean")

    @staticmethod
    def to_datetime(formats: str | list[str] | None = None) -> DataType:
        """Dates and times; the first format is used."""
        return DataType("datetime", (formats,) if isinstance(formats, str) else tuple(formats or ()))

    def of(self, column: Any) -> Any:
        """The column of a data frame with this type."""
        import pandas

        if self.name == "datetime":
            return pandas.to_datetime(
                column, format=self.formats[0] if self.formats else None, errors="coerce"
            )
        if self.name == "float64":
            return pandas.to_numeric(column, errors="coerce").astype("float64")
        if self.name == "Int64":
            numbers = pandas.to_numeric(column, errors="coerce")
            return numbers.astype("Int64" if numbers.hasnans else "int64")
        if self.name == "boolean":
            is_true = (
                column.astype(str)
                .str.strip()
                .str.lower()
                .map({"true": True, "1": True, "false": False, "0": False})
            )
            return is_true.astype("boolean" if is_true.hasnans else "bool")
        return column.where(column.isna(), column.astype(str)).astype("object")
