"""Reading a table: from the files of a source to one Arrow table, or a `DataError` that says why not."""

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
    "decimal_sign",
    "first_texts",
    "is_declared",
    "pandas_index",
    "read_dates",
    "read_table",
    "words_of",
]

MISSING_WORDS = (
    *("#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>"),
    *("N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
)
"""What stands for a missing value in a CSV file, beside nothing at all: the words of `pandas.read_csv`."""

_DECLARED = {"declared": "categories"}
_DELIMITERS = "\t;|,"  # the one a name is least likely to contain comes first
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
    """How the cells of a CSV file are taken; by default as `pandas.read_csv` does."""

    as_text: Sequence[str] = ()
    """Columns that are left as they are written."""
    decimal: str | None = None
    """The decimal sign; None: a comma where semicolons separate the columns, else a point."""
    missing_words: Sequence[str] = MISSING_WORDS
    keeps_words: bool = False
    """Whether these words, and empty cells, stay in columns of text."""


_AS_PANDAS_READS = CsvReading()


def read_table(source: Source, csv_reading: CsvReading = _AS_PANDAS_READS) -> pa.Table:
    """All rows (at least one) of all files, with unique column names and plain columns for encoded ones."""
    tables = [_read_file(file, csv_reading) for file in source.files]
    names = tables[0].column_names
    for file, table in zip(source.files, tables, strict=True):
        if different := sorted(set(names) ^ set(table.column_names)):
            refuse(f"{file.shown} and {source.files[0].shown} differ, one has no column {different[0]!r}")
    if clashing := _clashing(tables) if source.files[0].format == "CSV" else []:
        as_text = csv_reading._replace(as_text=(*csv_reading.as_text, *clashing))
        tables = [_read_file(file, as_text) for file in source.files]
    with refusing(f"the files in {source.shown} do not agree, write each column with one type"):
        whole = pa.concat_tables([table.select(names) for table in tables], promote_options="permissive")
    if whole.num_rows == 0:
        refuse(f"{source.shown} has a header but no rows (0 rows): name a file that has some")
    return whole.combine_chunks()


def _clashing(tables: Sequence[pa.Table]) -> list[str]:
    """The columns that are text in some files alone, as where one cell of a file is no number."""
    found = []
    for name in tables[0].column_names:
        different = {table[name].type for table in tables} - {pa.null()}
        if len(different) > 1 and pa.string() in different:
            found.append(name)
    return found


def pandas_index(table: pa.Table) -> list[str]:
    """The columns of a table read here that are no columns for pandas, but its index."""
    named = json.loads((table.schema.metadata or {}).get(_INDEX, "[]"))
    return [name for name in table.column_names if name in named or re.fullmatch(_INDEX_NAME, name)]


def words_of(source: Source, names: Sequence[str], words: Sequence[str]) -> dict[str, dict[str, int]]:
    """How often each of the words stands in these columns of CSV files; without columns that have none."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in names}
    wanted = pa.array(words, pa.string())
    for file in source.files if names and words else ():
        with _batches(file, names) as batches:
            for batch in batches:
                for name in names:
                    found = pc.value_counts(batch[name].filter(pc.is_in(batch[name], wanted)))
                    counts[name].update({pair["values"]: pair["counts"] for pair in found.to_pylist()})
    return {name: dict(found.most_common()) for name, found in counts.items() if found}


def first_texts(source: Source, names: Sequence[str]) -> pa.RecordBatch | None:
    """These columns as they are written in the first rows of a CSV file; None if it has no rows."""
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
    """The decimal sign that the first file's separator speaks for; None unless it is a CSV file."""
    file = source.files[0]
    return _decimal_sign(_delimiter(file)) if file.format == "CSV" else None


def read_dates(name: str, column: pa.ChunkedArray, notices: list[str]) -> tuple[pa.Array, str]:
    """Text as UTC timestamps, and the one format of all; with a notice if another gives other dates."""
    texts = pd.Series(column.cast(pa.string()).to_pandas(), dtype="str").str.strip()
    known = pd.Series(texts.dropna().unique())
    formats = [format for format in _DATE_FORMATS if _as_dates(known[:1], format=format).notna().all()]
    readings = {format: _as_dates(known, format=format) for format in formats or _DATE_FORMATS[:1]}
    format = min(readings, key=lambda format: readings[format].isna().sum())
    best = readings.pop(format)
    if best.isna().any():
        found = f"{known[best.isna()].iloc[0]!r} in column {name!r} ({len(column)} rows) is no date"
        raise DataError(
            "data.dates",
            f"{found} like the others: write them as YYYY-MM-DD, or name what is missing in data.nulls",
        )
    if any(other.notna().all() and not other.equals(best) for other in readings.values()):
        notices.append(f"Column {name!r} is read as {format} but fits another order too: write YYYY-MM-DD.")
    dates = pd.to_datetime(texts.map(dict(zip(known, best, strict=True))), utc=True)
    return pa.array(dates.dt.tz_localize(None)), format


def _read_file(file: SourceFile, csv_reading: CsvReading) -> pa.Table:
    with refusing(f"{file.shown} cannot be read as {file.format}, mend it or write it again"):
        table = _read_csv(file, csv_reading) if file.format == "CSV" else _read_binary(file)
        for name, column in zip(table.column_names, table.columns, strict=True):
            with refusing(f"column {name!r} of {file.shown} is damaged, write it again"):
                column.validate(full=True)
    for name, count in Counter(table.column_names).most_common(1):
        if count > 1:
            refuse(
                f"{file.shown} has {count} columns {name!r} ({table.num_rows} rows): give each its own name"
            )
    columns = list(map(decoded, table.columns))
    declared = [_DECLARED if pa.types.is_dictionary(type) else None for type in table.schema.types]
    fields = zip(table.column_names, columns, declared, strict=True)
    schema = pa.schema([pa.field(name, column.type, metadata=known) for name, column, known in fields])
    return pa.table(columns, schema=schema).replace_schema_metadata(
        {_INDEX: json.dumps(_index(table.schema))}
    )


def _index(schema: pa.Schema) -> list[str]:
    """The columns that pandas has written as its index, and takes for it when it reads the file."""
    columns = (schema.pandas_metadata or {}).get("index_columns", [])
    return [name for name in columns if isinstance(name, str)]  # a range is no column


def _read_binary(file: SourceFile) -> pa.Table:
    if file.format == "Parquet":
        return parquet.ParquetFile(file.path).read()
    read = ipc.open_file if head_of(file).startswith(b"ARROW1") else ipc.open_stream
    with pa.OSFile(str(file.path)) as stream:
        return read(stream).read_all()


def _read_csv(file: SourceFile, how: CsvReading) -> pa.Table:
    try:
        table = _parse_csv(file, how)
    except pa.ArrowInvalid:
        # Only the reader without threads knows the number of a wrong row.
        table = _parse_csv(file, how, use_threads=False)
    for field in table.schema:
        if field.type == pa.binary():
            rows = f"{table.num_rows} rows"
            refuse(f"column {field.name!r} of {file.shown} ({rows}) is not UTF-8 text: save it as UTF-8")
    return table


def _parse_csv(file: SourceFile, how: CsvReading, use_threads: bool = True) -> pa.Table:
    delimiter = _delimiter(file)
    reading = csv.ReadOptions(use_threads=use_threads, block_size=_BLOCK_BYTES)
    parsing = csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    converting = csv.ConvertOptions(
        column_types=dict.fromkeys(how.as_text, pa.string()),
        decimal_point=how.decimal or _decimal_sign(delimiter),
        null_values=["", *how.missing_words],
        strings_can_be_null=not how.keeps_words,
    )
    with pa.input_stream(str(file.path), compression="gzip" if file.is_gzip else None) as stream:
        return csv.read_csv(stream, reading, parsing, converting)


def _decimal_sign(delimiter: str) -> str:
    return "," if delimiter == ";" else "."


def _delimiter(file: SourceFile) -> str:
    """The character that separates the names in the first line, outside quotes."""
    line = re.match(rb'\s*((?:"[^"]*"|[^"\r\n])*)', head_of(file))
    with refusing(f"the column names of {file.shown} are not UTF-8, save it as UTF-8"):
        header = line[1].decode("utf-8-sig") if line else ""
    return max(_DELIMITERS, key=re.sub('"[^"]*"', "", header).count)
