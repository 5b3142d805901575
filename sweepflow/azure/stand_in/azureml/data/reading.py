"""Reads local files into a data frame of pandas, which is imported only here."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from azureml.exceptions import UserErrorException

_DELIMITED = (".csv", ".tsv", ".txt", ".data")
_PARQUET = (".parquet", ".pq")
_LINES = (".jsonl", ".ndjson", ".json")


def read_frame(paths: list[Path], arguments: Mapping[str, Any], *, is_parquet: bool, is_lines: bool) -> Any:
    """All files one below the other; of a folder, its tables of one kind in the order of their names.

    A Parquet or JSON file is read as one whatever the script calls it; others with pandas' `read_csv` and
    these arguments. Text is of type object, as in the SDK.
    """
    import pandas

    files = [file for path in paths for file in _files(path)]
    if not files:
        raise UserErrorException(
            f"the data set has no files: {', '.join(map(str, paths))} is an empty folder"
        )
    frames = [_read(file, arguments, is_parquet=is_parquet, is_lines=is_lines) for file in files]
    frame = frames[0] if len(frames) == 1 else pandas.concat(frames, ignore_index=True)
    texts = [name for name, kind in frame.dtypes.items() if isinstance(kind, pandas.StringDtype)]
    return frame.astype(dict.fromkeys(texts, object))


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


def _read(file: Path, arguments: Mapping[str, Any], *, is_parquet: bool, is_lines: bool) -> Any:
    import pandas

    endings = [suffix.lower() for suffix in file.suffixes]
    if any(ending in _PARQUET for ending in endings) or (is_parquet and ".csv" not in endings):
        return pandas.read_parquet(file)
    if any(ending in _LINES for ending in endings) or (is_lines and ".csv" not in endings):
        return pandas.read_json(file, lines=_has_lines(file))
    frame = pandas.read_csv(file, **{"sep": _separator(file), **arguments})
    if arguments.get("header", "infer") is None:  # the SDK's names
        frame.columns = [f"Column{position}" for position in range(1, frame.shape[1] + 1)]
    return frame


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
