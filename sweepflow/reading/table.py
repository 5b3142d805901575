"""Reads the files of a source into one Arrow table; a `DataError` says why it cannot."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
from pyarrow import compute as pc
from pyarrow import csv, ipc, parquet

from sweepflow.errors import DataError
from sweepflow.reading.arrow_types import decoded
from sweepflow.reading.source_files import Source, SourceFile, head_of, refuse, refusing

__all__ = [
    "MISSING_WORDS",
    "CsvReading",
    "count_words",
    "decimal_sign",
    "first_texts",
    "is_declared",
    "pandas_index",
    "read_dates",
    "read_table",
]

MISSING_WORDS = (
    *("#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>"),
    *("N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
)
"""The words that `pandas.read_csv` takes for missing values, besides the empty cell."""

_DECLARED = {"declared": "categories"}
_DELIMITERS = "\t;|,"  # of equal counts the first one wins, the least likely in a column name
_DAYS = (
    *("%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%d %b %Y", "%b %d, %Y"),
    *("%d-%b-%Y", "%d %B %Y", "%B %d, %Y", "%d.%m.%y", "%m/%d/%y", "%d/%m/%y", "%d-%b-%y"),
)
_CLOCK = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_DATE_FORMATS = ("ISO8601", *(day + time for day in _DAYS for time in _CLOCK))
_INDEX = b"index of pandas"
_INDEX_NAME = r"|__index_level_\d+__"
_BLOCK_BYTES = 1 << 24  # a row of a CSV file may not be longer

_as_dates: Callable[..., Any] = partial(pd.to_datetime, utc=True, errors="coerce")


class CsvReading(NamedTuple):
    """How the cells of a CSV file are read; by default as `pandas.read_csv` does."""

    as_text: Sequence[str] = ()
    """Columns that stay text."""
    decimal: str | None = None
    """The decimal sign; None: a comma if semicolons separate the columns, else a point."""
    missing_words: Sequence[str] = MISSING_WORDS
    keeps_words: bool = False
    """Whether columns of text keep these words and empty cells."""


_AS_PANDAS_READS = CsvReading()


def read_table(source: Source, csv_reading: CsvReading = _AS_PANDAS_READS) -> pa.Table:
    """All rows (at least one) of all files, with unique column names and encoded columns decoded."""
    tables = [_read_file(file, csv_reading) for file in source.files]
    names = tables[0].column_names
    for file, table in zip(source.files, tables, strict=True):
        if different := sorted(set(names) ^ set(table.column_names)):
            refuse(f"{file.name} and {source.files[0].name} differ, one has no column {different[0]!r}")
    if clashing := _clashing(tables) if source.files[0].format == "CSV" else []:
        as_text = csv_reading._replace(as_text=(*csv_reading.as_text, *clashing))
        tables = [_read_file(file, as_text) for file in source.files]
    with refusing(f"the files in {source.name} do not agree, write each column with one type"):
        whole = pa.concat_tables([table.select(names) for table in tables], promote_options="permissive")
    if whole.num_rows == 0:
        refuse(f"{source.name} has a header but no rows (0 rows): name a file that has some")
    return whole.combine_chunks()


def _clashing(tables: Sequence[pa.Table]) -> list[str]:
    """The columns that are text in only some of the files, for example because of one cell."""
    names = []
    for name in tables[0].column_names:
        different = {table[name].type for table in tables} - {pa.null()}
        if len(different) > 1 and pa.string() in different:
            names.append(name)
    return names


def pandas_index(table: pa.Table) -> list[str]:
    """The columns of a table from `read_table` that pandas reads as its index."""
    index_columns = json.loads((table.schema.metadata or {}).get(_INDEX, "[]"))
    return [name for name in table.column_names if name in index_columns or re.fullmatch(_INDEX_NAME, name)]


def count_words(source: Source, names: Sequence[str], words: Sequence[str]) -> dict[str, dict[str, int]]:
    """How often each of the words occurs in these columns of CSV files; columns without any are left out."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in names}
    word_array = pa.array(words, pa.string())
    for file in source.files if names and words else ():
        with _batches(file, names) as batches:
            for batch in batches:
                for name in names:
                    column_counts = pc.value_counts(batch[name].filter(pc.is_in(batch[name], word_array)))
                    counts[name].update(
                        {pair["values"]: pair["counts"] for pair in column_counts.to_pylist()}
                    )
    return {
        name: dict(column_counts.most_common()) for name, column_counts in counts.items() if column_counts
    }


def first_texts(source: Source, names: Sequence[str]) -> pa.RecordBatch | None:
    """The text of these columns in the first rows of a CSV file; None if it has no rows."""
    with _batches(source.files[0], names) as batches:
        return next(iter(batches), None)


@contextmanager
def _batches(file: SourceFile, names: Sequence[str]) -> Iterator[Iterable[pa.RecordBatch]]:
    """These columns of a CSV file as text, in batches."""
    parsing = csv.ParseOptions(delimiter=_delimiter(file), newlines_in_values=True)
    converting = csv.ConvertOptions(include_columns=names, column_types=dict.fromkeys(names, pa.string()))
    reading = csv.ReadOptions(block_size=_BLOCK_BYTES)
    with pa.input_stream(str(file.path), compression="gzip" if file.is_gzip else None) as stream:
        yield csv.open_csv(stream, reading, parsing, converting)


def is_declared(field: pa.Field) -> bool:
    """Whether the file itself says that the column holds categories."""
    return field.metadata is not None and b"declared" in field.metadata


def decimal_sign(source: Source) -> str | None:
    """The decimal sign that the first file's separator implies; None unless it is a CSV file."""
    file = source.files[0]
    return _decimal_sign(_delimiter(file)) if file.format == "CSV" else None


def read_dates(name: str, column: pa.ChunkedArray, notices: list[str]) -> tuple[pa.Array, str]:
    """Text as UTC timestamps, and its format; adds a notice if another format fits and gives other dates."""
    texts = pd.Series(column.cast(pa.string()).to_pandas(), dtype="str").str.strip()
    distinct = pd.Series(texts.dropna().unique())
    formats = [format for format in _DATE_FORMATS if _as_dates(distinct[:1], format=format).notna().all()]
    readings = {format: _as_dates(distinct, format=format) for format in formats or _DATE_FORMATS[:1]}
    format = min(readings, key=lambda format: readings[format].isna().sum())
    best = readings.pop(format)
    if best.isna().any():
        bad_cell = f"{distinct[best.isna()].iloc[0]!r} in column {name!r} ({len(column)} rows) is no date"
        raise DataError(
            "data.dates",
            f"{bad_cell} like the others: write them as YYYY-MM-DD, or name what is missing in data.nulls",
        )
    if any(other.notna().all() and not other.equals(best) for other in readings.values()):
        notices.append(f"Column {name!r} is read as {format} but fits another order too: write YYYY-MM-DD.")
    dates = pd.to_datetime(texts.map(dict(zip(distinct, best, strict=True))), utc=True)
    return pa.array(dates.dt.tz_localize(None)), format


def _read_file(file: SourceFile, csv_reading: CsvReading) -> pa.Table:
    with refusing(f"{file.name} cannot be read as {file.format}, mend it or write it again"):
        table = _read_csv(file, csv_reading) if file.format == "CSV" else _read_binary(file)
        for name, column in zip(table.column_names, table.columns, strict=True):
            with refusing(f"column {name!r} of {file.name} is damaged, write it again"):
                column.validate(full=True)
    for name, count in Counter(table.column_names).most_common(1):
        if count > 1:
            refuse(
                f"{file.name} has {count} columns {name!r} ({table.num_rows} rows): give each its own name"
            )
    columns = list(map(decoded, table.columns))
    declared = [_DECLARED if pa.types.is_dictionary(type) else None for type in table.schema.types]
    fields = zip(table.column_names, columns, declared, strict=True)
    schema = pa.schema([pa.field(name, column.type, metadata=metadata) for name, column, metadata in fields])
    return pa.table(columns, schema=schema).replace_schema_metadata(
        {_INDEX: json.dumps(_index(table.schema))}
    )


def _index(schema: pa.Schema) -> list[str]:
    """The columns that pandas wrote as its index, and reads as its index again."""
    columns = (schema.pandas_metadata or {}).get("index_columns", [])
    return [name for name in columns if isinstance(name, str)]  # a range is not a column


def _read_binary(file: SourceFile) -> pa.Table:
    if file.format == "Parquet":
        return parquet.ParquetFile(file.path).read()
    read = ipc.open_file if head_of(file).startswith(b"ARROW1") else ipc.open_stream
    with pa.OSFile(str(file.path)) as stream:
        return read(stream).read_all()


def _read_csv(file: SourceFile, csv_reading: CsvReading) -> pa.Table:
    try:
        table = _parse_csv(file, csv_reading)
    except pa.ArrowInvalid:
        # Only the reader without threads reports the number of an invalid row.
        table = _parse_csv(file, csv_reading, use_threads=False)
    for field in table.schema:
        if field.type == pa.binary():
            rows = f"{table.num_rows} rows"
            refuse(f"column {field.name!r} of {file.name} ({rows}) is not UTF-8 text: save it as UTF-8")
    return table


def _parse_csv(file: SourceFile, csv_reading: CsvReading, use_threads: bool = True) -> pa.Table:
    delimiter = _delimiter(file)
    reading = csv.ReadOptions(use_threads=use_threads, block_size=_BLOCK_BYTES)
    parsing = csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    converting = csv.ConvertOptions(
        column_types=dict.fromkeys(csv_reading.as_text, pa.string()),
        decimal_point=csv_reading.decimal or _decimal_sign(delimiter),
        null_values=["", *csv_reading.missing_words],
        strings_can_be_null=not csv_reading.keeps_words,
    )
    with pa.input_stream(str(file.path), compression="gzip" if file.is_gzip else None) as stream:
        return csv.read_csv(stream, reading, parsing, converting)


def _decimal_sign(delimiter: str) -> str:
    return "," if delimiter == ";" else "."


def _delimiter(file: SourceFile) -> str:
    """The character that separates the names in the first line, outside quotes."""
    line = re.match(rb'\s*((?:"[^"]*"|[^"\r\n])*)', head_of(file))
    with refusing(f"the column names of {file.name} are not UTF-8, save it as UTF-8"):
        header = line[1].decode("utf-8-sig") if line else ""
    return max(_DELIMITERS, key=re.sub('"[^"]*"', "", header).count)
