"""A table as its files have it, with the texts of its columns counted: they decide how its cells are read."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import pyarrow as pa
from pyarrow import types

from sweepflow.base.freed_memory import give_back_columns
from sweepflow.cells.notices import HALF
from sweepflow.cells.texts import TextCounts, count_texts, number_words
from sweepflow.cells.written_cells import first_matches
from sweepflow.cells.written_numbers import WrittenNumbers, written_numbers
from sweepflow.data.source import DataSource
from sweepflow.reading.arrow_types import is_text
from sweepflow.reading.csv_files import CsvReading, decimal_sign
from sweepflow.reading.source_files import Source
from sweepflow.reading.table import PART, is_declared, read_table

__all__ = ["OPPOSITE", "RawTable", "integers", "read_otherwise", "read_raw", "used"]

OPPOSITE = {",": ".", ".": ","}
_SMALL_SHARE = 0.1
"""Of the memory of a column: so much its counted texts may take to be kept until it is converted."""


class RawTable(NamedTuple):
    """A table read with that decimal sign, and its columns of text that may turn out to be numbers."""

    schema: pa.Schema
    columns: dict[str, pa.ChunkedArray]
    """All of them, in their order; whoever converts them puts the new ones in their place."""
    decimal: str
    usual: str | None
    """The decimal sign that the separator of a CSV file implies; None for other files."""
    words: Sequence[str]
    """What counts as missing."""
    texts: dict[str, TextCounts | None]
    """By column of text what is in it; None where that is counted anew, as all would take too much memory."""
    numbers: dict[str, WrittenNumbers]
    """The columns of text that hold numbers, at least so many that it may matter; their texts are kept."""

    def shown_decimals(self) -> set[str]:
        """The decimal signs that a column of text shows without doubt."""
        return {w.format.decimal for w in self.numbers.values() if w.are_nearly_all and w.shows_decimal}

    def counted(self, name: str) -> TextCounts:
        """The texts of a column, one of `texts`."""
        return self.texts[name] or count_texts(self.columns[name], self.words)


def read_raw(files: Source, source: DataSource, words: Sequence[str], decimal: str) -> RawTable:
    """The table of a source, read with that decimal sign."""
    as_text = (*source.dates, *source.categories)
    others = [word for word in words if not number_words([word])]
    reading = CsvReading(as_text, decimal, others, keeps_words=True)
    table = read_table(files, reading)
    # Arrow reads these as numbers, pandas as text.
    misread = [*first_matches(files, r"^\s*[-+]?0[xX]", integers(table, source))]
    targets = [name for name in source.targets if name in table.column_names]
    # Its cells are empty or such words, which are its classes.
    misread += [name for name in targets if types.is_null(table[name].type)]
    if misread:
        del table
        table = read_table(files, reading._replace(as_text=(*as_text, *misread)))
    columns = dict(zip(table.column_names, table.columns, strict=True))
    raw = RawTable(table.schema, columns, decimal, decimal_sign(files), words, {}, {})
    for name in used(table.column_names, source):
        field = table.schema.field(name)
        if name not in source.dates and is_text(field.type):
            _count_texts(raw, name, source, is_category=name in source.categories or is_declared(field))
    return raw


def _count_texts(raw: RawTable, name: str, source: DataSource, *, is_category: bool) -> None:
    """Add the texts of a column, and its numbers, if any matter: a column named as such, or many."""
    column = raw.columns[name]
    texts = count_texts(column, raw.words)
    written = None if is_category else written_numbers(texts)
    is_named = name in source.numbers or name in source.targets
    if written and (is_named or written.share_in_any_way >= HALF):
        raw.numbers[name] = written
    is_kept = name in raw.numbers or texts.n_bytes <= _SMALL_SHARE * column.nbytes
    raw.texts[name] = texts if is_kept else None
    del texts, written
    give_back_columns(column.nbytes)


def read_otherwise(raw: RawTable, files: Source, source: DataSource) -> RawTable:
    """The table read with the other decimal sign, which some columns show: others may have been misread.

    If some columns show the first sign too, the table is the one read with a point: numbers with a comma stay
    text then, which can be checked.
    """
    other = read_raw(files, source, raw.words, OPPOSITE[raw.decimal])
    is_mixed = raw.decimal in other.shown_decimals()
    return raw if is_mixed and raw.decimal == "." else other


def used(columns: Iterable[str], source: DataSource) -> list[str]:
    """Those of the columns that the source does not drop."""
    names = {*(columns if source.features is None else source.features), *source.targets}
    names |= {name for name, _ in source.names_by_role}
    names -= {*source.drop, PART}
    return [name for name in columns if name in names]


def integers(table: pa.Table, source: DataSource) -> list[str]:
    """The columns of whole numbers that the source does not drop."""
    return [name for name in used(table.column_names, source) if types.is_integer(table[name].type)]
