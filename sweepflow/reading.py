"""Reading a table: from a file, a folder or a URL to one Arrow table, or a `DataError` that says why not."""

import codecs
import hashlib
import re
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, NoReturn

import fsspec
import pandas as pd
import pyarrow as pa
from fsspec.implementations.local import LocalFileSystem
from pyarrow import compute as pc
from pyarrow import csv, ipc, parquet

from sweepflow.errors import DataError

__all__ = ["Source", "SourceFile", "did_you_mean", "open_source", "read_dates", "read_table"]

_FORMATS = {
    **dict.fromkeys((".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz"), "CSV"),
    **dict.fromkeys((".parquet", ".pq"), "Parquet"),
    **dict.fromkeys((".arrow", ".feather", ".ipc"), "Arrow"),
}
_SUPPORTED = ", ".join(_FORMATS)
_CONTENT = {
    b"PAR1": "Parquet",
    b"ARROW1": "Arrow",
    b"\xff\xff\xff\xff": "Arrow",
    b"FEA1": "Feather version 1",
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip (or Excel)",
    b"\x89PNG": "PNG",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}
_NULLS = ["<NA>", "None", *csv.ConvertOptions().null_values]
_DELIMITERS = "\t;|,"  # the one a name is least likely to contain comes first
_DECIMAL_COMMA = r"^[-+]?\d+(,\d+)?$"
_DAYS = ("%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%d %b %Y", "%b %d, %Y")
_DATE_FORMATS = ("ISO8601", *(day + time for day in _DAYS for time in ("", " %H:%M", " %H:%M:%S")))
_HEAD_BYTES = 1 << 20
_BLOCK_BYTES = 1 << 24  # a row of a CSV file may not be longer

_as_dates: Callable[..., Any] = partial(pd.to_datetime, utc=True, errors="coerce")


class SourceFile(NamedTuple):
    """One file of a source: where it can be read, what the user calls it, and what it holds."""

    path: Path
    shown: str
    format: str  # CSV, Parquet or Arrow
    is_gzip: bool
    digest: str


class Source(NamedTuple):
    """The files behind a path; the fingerprint depends on their bytes and order, not on where they are."""

    shown: str
    files: tuple[SourceFile, ...]
    fingerprint: str


@contextmanager
def open_source(path: str) -> Iterator[Source]:
    """The files behind a file, a folder or an fsspec URL, as long as the block lasts.

    Each has been looked at (not empty, what its name says); remote ones are copied to a temporary folder.
    """
    filesystem, root = _resolve(path)
    with tempfile.TemporaryDirectory(prefix="sweepflow-") as folder:
        places = _list(filesystem, root, path)
        copies = (Path(folder, str(number)) for number in range(len(places)))
        files = tuple(map(_fetch, [filesystem] * len(places), places.values(), places, copies))
        if len(formats := sorted({file.format for file in files})) > 1:
            _refuse(f"{path} holds {' and '.join(formats)} files ({len(files)} in all): keep one format")
        digests = "".join(file.digest for file in files)
        yield Source(
            path, files, digests if len(files) == 1 else hashlib.sha256(digests.encode()).hexdigest()
        )


def read_table(source: Source, as_text: Sequence[str] = ()) -> pa.Table:
    """All rows (at least one) of all files, with unique column names and plain columns for dictionaries.

    The columns `as_text` of a CSV file are left as they are written.
    """
    tables = [_read_file(file, as_text) for file in source.files]
    names = tables[0].column_names
    for file, table in zip(source.files, tables, strict=True):
        if different := sorted(set(names) ^ set(table.column_names)):
            _refuse(f"{file.shown} and {source.files[0].shown} differ, one has no column {different[0]!r}")
    with _refusing(f"the files in {source.shown} do not agree, write each column with one type"):
        whole = pa.concat_tables([table.select(names) for table in tables], promote_options="permissive")
    if whole.num_rows == 0:
        _refuse(f"{source.shown} has a header but no rows (0 rows): name a file that has some")
    return whole.combine_chunks()


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
        raise DataError("data.dates", f"{found} like the others: write them as YYYY-MM-DD")
    if any(other.notna().all() and not other.equals(best) for other in readings.values()):
        notices.append(f"Column {name!r} is read as {format} but fits another order too: write YYYY-MM-DD.")
    dates = pd.to_datetime(texts.map(dict(zip(known, best, strict=True))), utc=True)
    return pa.array(dates.dt.tz_localize(None)), format


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """The end of a message about an unknown name: the nearest known one, or else the first ten."""
    lower = {other.lower(): other for other in known}
    if nearest := get_close_matches(name.lower(), lower, n=1):
        return f"did you mean {lower[nearest[0]]!r}?"
    return f"there is {', '.join(map(repr, known[:10])) or 'none'}{', ...' if len(known) > 10 else ''}"


def _refuse(message: str) -> NoReturn:
    raise DataError("data.path", message)


@contextmanager
def _refusing(message: str) -> Iterator[None]:
    """Whatever goes wrong in the block becomes a `DataError`: the message, then the reason."""
    try:
        yield
    except DataError:
        raise
    except Exception as error:
        raise DataError("data.path", f"{message}: {' '.join(str(error).split())}") from error


def _resolve(path: str) -> tuple[Any, str]:
    if "://" not in path:
        return LocalFileSystem(), str(Path(path).expanduser().absolute())
    with _refusing(f"{path} cannot be read, name a file or install what is missing"):
        filesystem, root = fsspec.core.url_to_fs(path)
    return filesystem, root


def _list(filesystem: Any, root: str, shown: str) -> dict[str, str]:
    """What the user calls each file, and its place in the filesystem, in the order of the names."""
    with _refusing(f"{shown} cannot be read, check that it is there and may be read"):
        # Asking a web server whether a URL is a folder would download it.
        if shown.startswith(("http://", "https://")) or not filesystem.isdir(root):
            return {shown: root}
        filesystem.ls(root)  # `find` would pass over a folder that may not be read
        places = {str(PurePosixPath(place).relative_to(root)): place for place in filesystem.find(root)}
    names = [name for name in sorted(places) if not re.search(r"(^|/)[._]", name)]
    if not names:
        _refuse(f"{shown} is a folder without files (0 files): put files into it ({_SUPPORTED})")
    if with_values := [name for name in names if re.search("=.*/", name)]:
        _refuse(f"{shown}/{with_values[0]} has values in its folder's name: write them into a column")
    return {f"{shown.rstrip('/')}/{name}": places[name] for name in names}


def _fetch(filesystem: Any, place: str, shown: str, copy: Path) -> SourceFile:
    is_local = isinstance(filesystem, LocalFileSystem)
    path = Path(place) if is_local else copy
    with _refusing(f"{shown} cannot be read, check that it is there and may be read"):
        if is_local and not path.is_file():
            # Only a near name: whoever fills in a form is not told what else is there.
            near = get_close_matches(path.name, [other.name for other in path.parent.glob("*")], n=1)
            _refuse(
                f"there is no file {shown}: {did_you_mean(path.name, near) if near else 'check the path'}"
            )
        format, is_gzip = _format(shown)
        if not is_local:
            filesystem.get_file(place, str(copy))
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    file = SourceFile(path, shown, format, is_gzip, digest)
    _check_content(file)
    return file


def _format(shown: str) -> tuple[str, bool]:
    """The format that a name stands for, and whether it is packed."""
    name = (shown.partition("?")[0] if "://" in shown else shown).lower()
    for suffix, format in _FORMATS.items():
        if name.endswith(suffix):
            return format, suffix.endswith(".gz")
    suffix = PurePosixPath(name).suffix or "no suffix"
    _refuse(f"{shown} is of a kind that is not read ({suffix}): it must be one of {_SUPPORTED}")


def _head(file: SourceFile) -> bytes:
    """The first bytes of the file, unpacked if it is what its name says."""
    with file.path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if not file.is_gzip or not head:
        return head
    with _refusing(f"{file.shown} is not gzip but looks like {_content(head)}, write it again"):
        return zlib.decompressobj(wbits=31).decompress(head, _HEAD_BYTES)


def _check_content(file: SourceFile) -> None:
    head = _head(file)
    if not head:
        _refuse(f"{file.shown} is empty (0 bytes): name a file that has rows")
    if (content := _content(head)) != ("text" if file.format == "CSV" else file.format):
        _refuse(f"{file.shown} is not {file.format} but looks like {content}: write it as its name says")


def _content(head: bytes) -> str:
    for magic, content in _CONTENT.items():
        if head.startswith(magic):
            return content
    if b"\0" in head:
        return "binary data"
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()[:100].lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        return "HTML or XML"
    return "JSON" if re.match(rb'[\[{]\s*["{]', start) else "text"


def _read_file(file: SourceFile, as_text: Sequence[str]) -> pa.Table:
    with _refusing(f"{file.shown} cannot be read as {file.format}, mend it or write it again"):
        table = _read_csv(file, as_text) if file.format == "CSV" else _read_binary(file)
        table.validate(full=True)
    for name, count in Counter(table.column_names).most_common(1):
        if count > 1:
            _refuse(
                f"{file.shown} has {count} columns {name!r} ({table.num_rows} rows): give each its own name"
            )
    types = [type.value_type if pa.types.is_dictionary(type) else type for type in table.schema.types]
    return pa.table(list(map(pa.ChunkedArray.cast, table.columns, types)), names=table.column_names)


def _read_binary(file: SourceFile) -> pa.Table:
    if file.format == "Parquet":
        return parquet.ParquetFile(file.path).read()
    read = ipc.open_file if _head(file).startswith(b"ARROW1") else ipc.open_stream
    with pa.OSFile(str(file.path)) as stream:
        return read(stream).read_all()


def _read_csv(file: SourceFile, as_text: Sequence[str]) -> pa.Table:
    delimiter = _delimiter(file)
    try:
        table = _parse_csv(file, delimiter, as_text)
    except pa.ArrowInvalid:
        # Only the reader without threads knows the number of a wrong row.
        table = _parse_csv(file, delimiter, as_text, use_threads=False)
    for field in table.schema:
        if field.type == pa.binary():
            rows = f"{table.num_rows} rows"
            _refuse(f"column {field.name!r} of {file.shown} ({rows}) is not UTF-8 text: save it as UTF-8")
    if delimiter != ";":
        return table
    names = table.column_names
    columns = [table[i] if name in as_text else _decimals(table[i]) for i, name in enumerate(names)]
    return pa.table(columns, names=names)


def _parse_csv(
    file: SourceFile, delimiter: str, as_text: Sequence[str], use_threads: bool = True
) -> pa.Table:
    reading = csv.ReadOptions(use_threads=use_threads, block_size=_BLOCK_BYTES)
    parsing = csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    types = dict.fromkeys(as_text, pa.string())
    converting = csv.ConvertOptions(column_types=types, null_values=_NULLS, strings_can_be_null=True)
    with pa.input_stream(str(file.path), compression="gzip" if file.is_gzip else None) as stream:
        return csv.read_csv(stream, reading, parsing, converting)


def _decimals(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Numbers written as 1,5 as numbers; any other column as it is."""
    if column.type != pa.string() or not pc.all(pc.match_substring_regex(column, _DECIMAL_COMMA)).as_py():
        return column
    return pc.replace_substring(column, ",", ".").cast(pa.float64())


def _delimiter(file: SourceFile) -> str:
    """The character that separates the names in the first line, outside quotes."""
    line = re.match(rb'\s*((?:"[^"]*"|[^"\r\n])*)', _head(file))
    with _refusing(f"the column names of {file.shown} are not UTF-8, save it as UTF-8"):
        header = line[1].decode("utf-8-sig") if line else ""
    return max(_DELIMITERS, key=re.sub('"[^"]*"', "", header).count)
