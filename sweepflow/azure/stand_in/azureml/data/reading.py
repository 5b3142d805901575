"""Reads local files into a data frame of pandas, which is imported only here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from azureml.data.inference import infer_types
from azureml.exceptions import UserErrorException

_DELIMITED = (".csv", ".tsv", ".txt", ".data")
_PARQUET = (".parquet", ".pq")
_LINES = (".jsonl", ".ndjson", ".json")


class Kind(NamedTuple):
    """How a script says that its data set is to be read."""

    is_parquet: bool = False
    is_lines: bool = False
    arguments: Mapping[str, Any] = {}
    """For pandas' `read_csv`, where the files are delimited text."""


def read_frame(paths: list[Path], kind: Kind, typed: Collection[str]) -> Any:
    """All files one below the other; of a folder, its tables of one kind in the order of their names.

    A Parquet or JSON file is read as one whatever the script calls it. Text is of type object, as in the SDK.
    In delimited files, all but the `typed` columns get the types that the SDK finds and pandas does not.
    """
    import pandas

    files = [file for path in paths for file in _files(path)]
    if not files:
        raise UserErrorException(
            f"the data set has no files: {', '.join(map(str, paths))} is an empty folder"
        )
    frames = [_read(file, kind) for file in files]
    frame = frames[0] if len(frames) == 1 else pandas.concat(frames, ignore_index=True)
    texts = [name for name, dtype in frame.dtypes.items() if isinstance(dtype, pandas.StringDtype)]
    frame = frame.astype(dict.fromkeys(texts, object))
    is_delimited = all(_reader(file, kind) == "read_csv" for file in files)
    if not is_delimited or "dtype" in kind.arguments:
        return frame
    return infer_types(frame, [name for name in frame if frame[name].dtype == object and name not in typed])


def _files(path: Path) -> Iterator[Path]:
    if not path.exists():
        raise UserErrorException(f"there is no file {path}, which stands for the data set")
    if path.is_file():
        yield path
        return
    below = sorted(file for file in path.rglob("*") if file.is_file())
    shown = [
        file for file in below if not any(p.startswith((".", "_")) for p in file.relative_to(path).parts)
    ]
    for endings in (_DELIMITED, _PARQUET, _LINES):
        if tables := [file for file in shown if any(e.lower() in endings for e in file.suffixes)]:
            yield from tables
            return
    yield from shown


def _read(file: Path, kind: Kind) -> Any:
    import pandas

    reader = _reader(file, kind)
    if reader == "read_parquet":
        return pandas.read_parquet(file)
    if reader == "read_json":
        return pandas.read_json(file, lines=_has_lines(file))
    frame = pandas.read_csv(file, **{"sep": _separator(file), **kind.arguments})
    if kind.arguments.get("header", "infer") is None:  # the SDK's names
        frame.columns = [f"Column{position}" for position in range(1, frame.shape[1] + 1)]
    return frame


def _reader(file: Path, kind: Kind) -> str:
    """The name of pandas' function for the file."""
    endings = {suffix.lower() for suffix in file.suffixes}
    if endings & {*_PARQUET} or (kind.is_parquet and not endings & {*_DELIMITED}):
        return "read_parquet"
    is_lines = endings & {*_LINES} or (kind.is_lines and not endings & {*_DELIMITED})
    return "read_json" if is_lines else "read_csv"


def _has_lines(file: Path) -> bool:
    """Whether each line is an object; otherwise the file is one list of them."""
    return _start(file).lstrip()[:1] != "["


def _separator(file: Path) -> str:
    """The comma, unless the first line has none and another of the usual characters."""
    line = _start(file).partition("\n")[0]
    return "," if "," in line else next((mark for mark in "\t;|" if mark in line), ",")


def _start(file: Path) -> str:
    if file.suffix.lower() in (".gz", ".bz2", ".xz", ".zip"):  # pandas unpacks them
        return ""
    with file.open(encoding="utf-8", errors="replace") as opened:
        return opened.read(65536)
