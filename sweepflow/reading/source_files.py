"""The files behind a path: listed, copied if they are remote, and checked to be what their names say."""

import codecs
import hashlib
import re
import shlex
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, NoReturn

import fsspec
from fsspec.implementations.local import LocalFileSystem

from sweepflow.errors import DataError
from sweepflow.fields.nearest import did_you_mean

__all__ = [
    "Source",
    "SourceFile",
    "as_utf8",
    "did_you_mean",
    "head_of",
    "is_table",
    "open_source",
    "refuse",
    "refusing",
    "refusing_damage",
]

_FORMATS = {
    **dict.fromkeys((".csv", ".tsv", ".txt", ".data", ".csv.gz", ".tsv.gz"), "CSV"),
    **dict.fromkeys((".parquet", ".pq"), "Parquet"),
    **dict.fromkeys((".arrow", ".feather", ".ipc"), "Arrow"),
}
_SUPPORTED = ", ".join(_FORMATS)
_READERS = {
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".ods"), "read_excel({!r})"),
    **dict.fromkeys((".jsonl", ".ndjson"), "read_json({!r}, lines=True)"),
    **{".json": "read_json({!r})", ".dta": "read_stata({!r})", ".sas7bdat": "read_sas({!r})"},
}
"""How pandas reads other tables."""
_PACKED = (".zip", ".bz2", ".xz", ".zst", ".7z", ".tar", ".tgz", ".tar.gz", ".rar", ".gz")
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
_HEAD_BYTES = 1 << 20


class SourceFile(NamedTuple):
    """One file of a source: where to read it, its name for the user, and what it holds."""

    path: Path
    name: str
    """The path or URL as the user knows it."""
    format: str  # CSV, Parquet or Arrow
    is_gzip: bool
    digest: str
    part: str | None = None
    """The part that its rows are for, if the user has a file for each."""
    columns: tuple[str, ...] | None = None
    """The names of the columns, if its first line does not hold them."""


class Source(NamedTuple):
    """The files behind a path; the fingerprint depends on their bytes and order, not on where they are."""

    name: str
    files: tuple[SourceFile, ...]
    fingerprint: str


@contextmanager
def open_source(
    path: str, parts: Mapping[str, str] | None = None, columns: tuple[str, ...] | None = None
) -> Iterator[Source]:
    """The files behind a file, a folder or an fsspec URL, available within the block.

    Each is checked (not empty, in the format of its name); remote ones are copied to a temporary folder.
    `parts` are further paths, by the part that their rows are for; those of the first path train then.
    `columns` are the names of the columns of CSV files without a header.
    """
    with tempfile.TemporaryDirectory(prefix="sweepflow-") as folder:
        files = _files(path, Path(folder))
        if parts:
            files = [file._replace(part="train") for file in files]
        for part, more in (parts or {}).items():
            files += [file._replace(part=part) for file in _files(more, Path(folder, part))]
        if len(formats := sorted({file.format for file in files})) > 1:
            name = " and ".join([path, *(parts or {}).values()])
            refuse(f"{name} holds {' and '.join(formats)} files ({len(files)} in all): keep one format")
        files = [file._replace(columns=columns) for file in files]
        digests = "".join(file.digest + (file.part or "") for file in files)
        fingerprint = digests if len(files) == 1 else hashlib.sha256(digests.encode()).hexdigest()
        yield Source(path, tuple(files), fingerprint)


def _files(path: str, folder: Path) -> list[SourceFile]:
    """The files behind a path; remote ones are copied to the folder."""
    filesystem, root = _resolve(path)
    places = _list(filesystem, root, path)
    folder.mkdir(exist_ok=True)
    copies = (folder / str(number) for number in range(len(places)))
    return list(map(_fetch, [filesystem] * len(places), places.values(), places, copies))


def refuse(message: str) -> NoReturn:
    """Raise a `DataError` about the path."""
    raise DataError("data.path", message)


@contextmanager
def refusing(message: str) -> Iterator[None]:
    """Turn any error in the block into a `DataError` with the message and the reason."""
    try:
        yield
    except DataError:
        raise
    except Exception as error:
        raise DataError("data.path", f"{message}: {' '.join(str(error).split())}") from error


def refusing_damage(file: SourceFile) -> AbstractContextManager[None]:
    """Turn any error in the block, which reads the file, into a `DataError` that says so."""
    return refusing(f"{file.name} cannot be read as {file.format}, mend it or write it again")


def _resolve(path: str) -> tuple[Any, str]:
    if "://" not in path:
        return LocalFileSystem(), str(Path(path).expanduser().absolute())
    with refusing(f"{path} cannot be read, name a file or install what is missing"):
        filesystem, root = fsspec.core.url_to_fs(path)
    return filesystem, root


def _list(filesystem: Any, root: str, user_path: str) -> dict[str, str]:
    """The path of each file in the filesystem by its name for the user, in the order of the names."""
    with refusing(f"{user_path} cannot be read, check that it is there and may be read"):
        # For a URL of a web server `isdir` would download it.
        if user_path.startswith(("http://", "https://")) or not filesystem.isdir(root):
            return {user_path: root}
        filesystem.ls(root)  # `find` would skip a folder that may not be read
        places = {str(PurePosixPath(place).relative_to(root)): place for place in filesystem.find(root)}
    names = [name for name in sorted(places) if not re.search(r"(^|/)[._]", name)]
    if not names:
        refuse(f"{user_path} is a folder without files (0 files): put files into it ({_SUPPORTED})")
    if with_values := [name for name in names if re.search("=.*/", name)]:
        refuse(f"{user_path}/{with_values[0]} has values in its folder's name: write them into a column")
    return {f"{user_path.rstrip('/')}/{name}": places[name] for name in names}


def _fetch(filesystem: Any, place: str, user_path: str, copy: Path) -> SourceFile:
    is_local = isinstance(filesystem, LocalFileSystem)
    path = Path(place) if is_local else copy
    with refusing(f"{user_path} cannot be read, check that it is there and may be read"):
        if is_local and not path.is_file():
            # A similar name only: whoever fills in a form must not learn which other files there are.
            near = get_close_matches(path.name, [other.name for other in path.parent.glob("*")], n=1)
            cure = did_you_mean(path.name, near) if near else "check the path"
            refuse(f"there is no file {user_path}: {cure}")
        format, is_gzip = _format(user_path)
        if not is_local:
            filesystem.get_file(place, str(copy))
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    file = SourceFile(path, user_path, format, is_gzip, digest)
    _check_content(file)
    return file


def _format(user_path: str) -> tuple[str, bool]:
    """The format that the name stands for, and whether the file is compressed."""
    name = (user_path.partition("?")[0] if "://" in user_path else user_path).lower()
    for suffix, format in _FORMATS.items():
        if name.endswith(suffix):
            return format, suffix.endswith(".gz")
    suffix = PurePosixPath(name).suffix or "no suffix"
    kind = f"{user_path} is of a kind that is not read ({suffix}): it must be one of {_SUPPORTED}"
    refuse(f"{kind}{_cure(name, user_path)}")


def _cure(name: str, user_path: str) -> str:
    """How a file with this name becomes one that is read; empty if that is not known."""
    suffix, place = PurePosixPath(name).suffix, PurePosixPath(user_path)
    if suffix in _READERS and "://" not in user_path:
        reader = _READERS[suffix].format(user_path)
        return (
            f"; pandas can make one of it: pandas.{reader}.to_parquet({str(place.with_suffix('.parquet'))!r})"
        )
    if suffix in _PACKED:
        return "; unpack it first"
    if suffix in (".yml", ".yaml"):
        return f"; if it is a spec, `sweepflow run {user_path}` runs it"
    return "; a text file with a row a line may be renamed to .csv" if suffix in ("", ".dat") else ""


def is_table(name: str) -> bool:
    """Whether a file with this name holds a table, which is read or at least could be made readable."""
    return name.lower().endswith((*_FORMATS, *(ending for ending in _READERS if ending != ".json")))


def as_utf8(name: str, encoding: str) -> str:
    """How to save a text file as UTF-8."""
    return (
        f"save it as UTF-8 (Excel: CSV UTF-8), or iconv -f {encoding} -t utf-8 {shlex.quote(name)} > new.csv"
    )


def head_of(file: SourceFile) -> bytes:
    """The first bytes of the file, decompressed if its name says that it is compressed."""
    with file.path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if not file.is_gzip or not head:
        return head
    with refusing(f"{file.name} is not gzip but looks like {_content(head)}, write it again"):
        return zlib.decompressobj(wbits=31).decompress(head, _HEAD_BYTES)


def _check_content(file: SourceFile) -> None:
    head = head_of(file)
    if not head:
        refuse(f"{file.name} is empty (0 bytes): name a file that has rows")
    if (content := _content(head)) != ("text" if file.format == "CSV" else file.format):
        cure = f"; {as_utf8(file.name, 'utf-16')}" if content == "UTF-16 text" else ""
        refuse(f"{file.name} is not {file.format} but looks like {content}: write it as its name says{cure}")


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
