"""CSV files: how their cells are separated and read, and their text where only that tells."""

import re
import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import pyarrow as pa
from pyarrow import compute as pc
from pyarrow import csv

from sweepflow.reading.missing_words import MISSING_WORDS
from sweepflow.reading.source_files import (
    Source,
    SourceFile,
    as_utf8,
    head_of,
    refuse,
    refusing,
    refusing_damage,
)

__all__ = [
    "CsvReading",
    "column_count",
    "count_words",
    "decimal_sign",
    "first_texts",
    "read_csv",
]

_DELIMITERS = "\t;|,"  # of equal counts the first one wins, the least likely in a column name
_LINES_COMPARED, _BYTES_COMPARED = 5, 1 << 16
_BLOCK_BYTES = 1 << 24  # a row of a CSV file may not be longer
_SMALL_BLOCK_BYTES = 1 << 20  # Arrow reads up to 32 blocks ahead


class CsvReading(NamedTuple):
    """How the cells of a CSV file are read; by default as `pandas.read_csv` does."""

    as_text: Sequence[str] = ()
    """Columns that stay text."""
    decimal: str | None = None
    """The decimal sign; None: a comma if semicolons separate the columns, else a point."""
    missing_words: Sequence[str] = MISSING_WORDS
    keeps_words: bool = False
    """Whether columns of text keep these words and empty cells."""


def read_csv(file: SourceFile, csv_reading: CsvReading) -> pa.Table:
    """The table in a CSV file; refuses a column that is not UTF-8."""
    _check_columns(file)
    table = _parse_in_blocks(file, csv_reading)
    try:
        table = table or _parse_csv(file, csv_reading)
    except pa.ArrowInvalid:
        # Only the reader without threads reports the number of an invalid row.
        table = _parse_csv(file, csv_reading, use_threads=False)
    for field in table.schema:
        if field.type == pa.binary():
            rows = f"{table.num_rows} rows"
            fault = f"column {field.name!r} of {file.name} ({rows}) is not UTF-8 text"
            refuse(f"{fault}: {as_utf8(file.name, 'windows-1252')}")
    return table


def _check_columns(file: SourceFile) -> None:
    """DataError if the names that the user gives are not one for each column."""
    if file.columns and len(file.columns) != (n := column_count(file)):
        refuse(
            f"{file.name} has {n} columns, but data.columns has {len(file.columns)} names: give one for each"
        )


def _parse_in_blocks(file: SourceFile, csv_reading: CsvReading) -> pa.Table | None:
    """The table in a long file, whose rows all have the types of the first ones; None for other files.

    It is the table that `_parse_csv` gives, in little more memory than it takes: what infers types keeps the
    text of the whole file, for a cell at its end may change them.
    """
    with _stream(file) as stream:
        head = stream.read_buffer(2 * _BLOCK_BYTES)
    if head.size < 2 * _BLOCK_BYTES:
        return None
    parsing, converting = _options(file, csv_reading)
    try:
        first_rows = csv.open_csv(pa.BufferReader(head), _reading(file, _BLOCK_BYTES), parsing, converting)
        converting.column_types = {field.name: field.type for field in first_rows.schema}
        del first_rows, head
        with _stream(file) as stream:
            reading = _reading(file, _SMALL_BLOCK_BYTES)
            return csv.open_csv(stream, reading, parsing, converting).read_all()
    except pa.ArrowInvalid:  # of another type, say, or a row that is longer than a block
        pa.default_memory_pool().release_unused()
        return None


def _parse_csv(file: SourceFile, csv_reading: CsvReading, use_threads: bool = True) -> pa.Table:
    reading = _reading(file, _BLOCK_BYTES, use_threads)
    with _stream(file) as stream:
        return csv.read_csv(stream, reading, *_options(file, csv_reading))


def _options(file: SourceFile, csv_reading: CsvReading) -> tuple[csv.ParseOptions, csv.ConvertOptions]:
    delimiter = _delimiter(file)
    converting = csv.ConvertOptions(
        column_types=dict.fromkeys(csv_reading.as_text, pa.string()),
        decimal_point=csv_reading.decimal or _decimal_sign(delimiter),
        null_values=["", *csv_reading.missing_words],
        strings_can_be_null=not csv_reading.keeps_words,
    )
    return csv.ParseOptions(delimiter=delimiter, newlines_in_values=True), converting


def _stream(file: SourceFile) -> pa.NativeFile:
    return pa.input_stream(str(file.path), compression="gzip" if file.is_gzip else None)


def _decimal_sign(delimiter: str) -> str:
    return "," if delimiter == ";" else "."


def _delimiter(file: SourceFile) -> str:
    """The character that separates the cells of the first line, outside quotes."""
    line = re.match(rb'\s*((?:"[^"]*"|[^"\r\n])*)', head_of(file))
    with refusing(f"the column names of {file.name} are not UTF-8, {as_utf8(file.name, 'windows-1252')}"):
        header = line[1].decode("utf-8-sig") if line else ""
    header = re.sub('"[^"]*"', "", header)
    delimiter = max(_DELIMITERS, key=header.count)
    if delimiter in header or " " not in header.strip():
        return delimiter
    return " " if _has_blanks_between_cells(file) else delimiter


def _has_blanks_between_cells(file: SourceFile) -> bool:
    """Whether the first lines have equally many blanks; refuses a file that has several in one place."""
    head = head_of(file)
    lines = head[:_BYTES_COMPARED].splitlines()[:_LINES_COMPARED]
    have_several = all(re.search(rb"\S {2,}\S", line) for line in lines)
    if not have_several and len({line.strip().count(b" ") for line in lines}) > 1:
        return False
    if have_several or re.search(rb"\S {2,}\S| \r?$", head, re.MULTILINE):
        cure = f"sed -E 's/^ +| +$//g; s/ +/,/g' {shlex.quote(file.name)} > new.csv makes commas of them"
        refuse(f"{file.name} has blanks between its columns, but several in some places: {cure}")
    return True


def count_words(source: Source, names: Sequence[str], words: Sequence[str]) -> dict[str, dict[str, int]]:
    """How often each of the words occurs in these columns of CSV files; columns without any are left out."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in names}
    for file in source.files if names and words else ():
        try:
            found = _count_words(file, names, words, _SMALL_BLOCK_BYTES)
        except pa.ArrowInvalid:  # a row is longer than such a block
            found = _count_words(file, names, words, _BLOCK_BYTES)
        for name in names:
            counts[name].update(found[name])
    return {
        name: dict(column_counts.most_common()) for name, column_counts in counts.items() if column_counts
    }


def _count_words(
    file: SourceFile, names: Sequence[str], words: Sequence[str], block_bytes: int
) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {name: Counter() for name in names}
    word_array = pa.array(words, pa.string())
    with _stream(file) as stream:
        for batch in _texts(file, stream, names, block_bytes):
            for name in names:
                column_counts = pc.value_counts(batch[name].filter(pc.is_in(batch[name], word_array)))
                counts[name].update({pair["values"]: pair["counts"] for pair in column_counts.to_pylist()})
    return counts


def first_texts(source: Source, names: Sequence[str]) -> pa.RecordBatch | None:
    """The text of these columns in the first rows of a CSV file; None if it has no rows."""
    with _stream(source.files[0]) as stream:
        head = pa.BufferReader(stream.read_buffer(2 * _BLOCK_BYTES))
    return next(iter(_texts(source.files[0], head, names, _BLOCK_BYTES)), None)


def _texts(
    file: SourceFile, stream: pa.NativeFile, names: Sequence[str], block_bytes: int
) -> Iterable[pa.RecordBatch]:
    """These columns of a CSV file as text, in batches."""
    parsing = csv.ParseOptions(delimiter=_delimiter(file), newlines_in_values=True)
    converting = csv.ConvertOptions(include_columns=names, column_types=dict.fromkeys(names, pa.string()))
    reading = _reading(file, block_bytes)
    batches: Iterable[pa.RecordBatch] = csv.open_csv(stream, reading, parsing, converting)
    return batches


def _reading(file: SourceFile, block_bytes: int, use_threads: bool = True) -> csv.ReadOptions:
    return csv.ReadOptions(use_threads=use_threads, block_size=block_bytes, column_names=file.columns)


def column_count(file: SourceFile) -> int:
    """How many columns the first line of a CSV file has; DataError if it cannot be read."""
    options = csv.ReadOptions(autogenerate_column_names=True, block_size=_BLOCK_BYTES)
    parsing = csv.ParseOptions(delimiter=_delimiter(file), newlines_in_values=True)
    with refusing_damage(file), _stream(file) as stream:
        return len(csv.open_csv(stream, options, parsing).schema)


def decimal_sign(source: Source) -> str | None:
    """The decimal sign that the first file's separator implies; None unless it is a CSV file."""
    file = source.files[0]
    return _decimal_sign(_delimiter(file)) if file.format == "CSV" else None
