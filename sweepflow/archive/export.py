"""The files of a sweep's result, copied to where others can take them from."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pyarrow.parquet as pq

from sweepflow.archive.folder import LEADERBOARD, RESULT_FILES
from sweepflow.base.files import private_folder
from sweepflow.errors import Problem, SpecError

_CSV = "leaderboard.csv"

_after = RESULT_FILES.index(LEADERBOARD) + 1
FILES = (*RESULT_FILES[:_after], _CSV, *RESULT_FILES[_after:])
"""All that is copied; leaderboard.csv is made from leaderboard.parquet."""


class Exported(NamedTuple):
    """What was copied, and what was not there."""

    files: tuple[str, ...]
    missing: tuple[str, ...]


def export_files(folder: Path, target: Path) -> Exported:
    """Copy the result in a sweep's folder to a new or an empty one: all of it, or nothing.

    SpecError if there is something in the target, or nothing to copy.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise SpecError([Problem("", f"'{target}' is there already, and not an empty folder: name another")])
    target = target.absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".", dir=target.parent) as temporary:
        built = private_folder(Path(temporary, "result"))
        files = tuple(name for name in FILES if _copy(folder, name, built))
        if not files:
            raise SpecError([Problem("", f"there is nothing to export in {folder}")])
        built.replace(target)
    return Exported(files, tuple(name for name in FILES if name not in files))


def _copy(folder: Path, name: str, target: Path) -> bool:
    """Whether the file was there to be copied."""
    source = folder / (LEADERBOARD if name == _CSV else name)
    if not source.is_file():
        return False
    if source.name == name:
        shutil.copyfile(source, target / name)
    else:
        pq.read_table(source).to_pandas().to_csv(target / name, index=False)
    return True
