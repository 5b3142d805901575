"""Reads the files of a source into one Arrow table; a `DataError` says why it cannot."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import ipc, parquet

from sweepflow.base.freed_memory import give_back_columns
from sweepflow.reading.arrow_types import decoded
from sweepflow.reading.csv_files import CsvReading, read_csv
from sweepflow.reading.header import check_header, without_blank_columns
from sweepflow.reading.source_files import Source, SourceFile, head_of, refuse, refusing, refusing_damage

__all__ = ["PART", "is_declared", "pandas_index", "read_table", "with_columns"]

PART = "part of the data (by its file)"
"""The column that `read_table` adds if there is a file for each part."""

_ROWS_AT_ONCE, _BUFFER_BYTES = 100_000, 1 << 20
_DECLARED = {"declared": "categories"}
_INDEX = b"index of pandas"
_INDEX_NAME = r"|__index_level_\d+__"
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
    n_rows = [table.num_rows for table in tables]
    del tables, table  # else all rows would be in memory twice below
    if whole.num_rows == 0:
        refuse(f"{source.name} has a header but no rows (0 rows): name a file that has some")
    if source.files[0].part is not None:
        parts = np.repeat([file.part for file in source.files], n_rows)
        whole = whole.append_column(PART, pa.array(parts, pa.string()))
    pieces = [whole]
    del whole
    return _in_one_piece(pieces)


def _in_one_piece(pieces: list[pa.Table]) -> pa.Table:
    """The only table of the list, which is emptied, with each column in one chunk.

    A column's chunks are given back before the next column is copied.
    """
    schema, columns = pieces[0].schema, []
    left = pieces.pop().columns
    while left:
        columns.append(left.pop(0).combine_chunks())
        give_back_columns(columns[-1].nbytes)
    return pa.table(columns, schema=schema)


def with_columns(schema: pa.Schema, columns: Mapping[str, Any]) -> pa.Table:
    """The columns as a table with the schema's metadata, whatever their types have become."""
    fields = [pa.field(name, column.type) for name, column in columns.items()]
    return pa.table(list(columns.values()), schema=pa.schema(fields, metadata=schema.metadata))


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


def is_declared(field: pa.Field) -> bool:
    """Whether the file itself says that the column holds categories."""
    return field.metadata is not None and b"declared" in field.metadata


def _read_file(file: SourceFile, csv_reading: CsvReading) -> pa.Table:
    with refusing_damage(file):
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


def _read_csv(file: SourceFile, csv_reading: CsvReading) -> pa.Table:
    table = read_csv(file, csv_reading)
    if file.columns is None:
        check_header(file.name, table)
    return without_blank_columns(table)


def _index(schema: pa.Schema) -> list[str]:
    """The columns that pandas wrote as its index, and reads as its index again."""
    columns = (schema.pandas_metadata or {}).get("index_columns", [])
    return [name for name in columns if isinstance(name, str)]  # a range is not a column


def _read_binary(file: SourceFile) -> pa.Table:
    if file.columns is not None:
        refuse(f"{file.name} has names of columns already: leave data.columns out, it is for CSV files")
    if file.format == "Parquet":
        with parquet.ParquetFile(file.path, pre_buffer=False, buffer_size=_BUFFER_BYTES) as opened:
            return _read_parquet(opened)
    read = ipc.open_file if head_of(file).startswith(b"ARROW1") else ipc.open_stream
    with pa.OSFile(str(file.path)) as stream:
        return read(stream).read_all()


def _read_parquet(opened: parquet.ParquetFile) -> pa.Table:
    """The table, bit by bit, as a whole file is decoded in three times the memory of its table."""
    schema, pieces = opened.schema_arrow, []
    names = schema.names
    is_flat = len({name.partition(".")[0] for name in names}) == opened.metadata.num_columns
    # By columns is by far the least memory; but a name stands for all that is nested below it, too.
    tables = (
        (opened.read([name], use_threads=False) for name in names)
        if is_flat
        else map(pa.table, opened.iter_batches(_ROWS_AT_ONCE, use_threads=False))
    )
    for table in tables:
        pieces.append(table)
        pa.default_memory_pool().release_unused()
    if not is_flat:
        return pa.concat_tables([schema.empty_table(), *pieces])
    return pa.table([piece.column(0) for piece in pieces], schema=schema)
