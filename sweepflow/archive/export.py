"""Copies the files of a sweep's result to another folder."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pyarrow.parquet as pq

from sweepflow.archive.folder import BEST, LEADERBOARD, MODEL, RESULT_FILES
from sweepflow.base.files import private_folder
from sweepflow.base.folders import copy_folder
from sweepflow.errors import Problem, SpecError

_CSV = "leaderboard.csv"

_after = RESULT_FILES.index(LEADERBOARD) + 1
FILES = (*RESULT_FILES[:_after], _CSV, *RESULT_FILES[_after:])
"""The files that are copied; leaderboard.csv is made from leaderboard.parquet."""


class Exported(NamedTuple):
    """The names of the files that were copied, and of those that did not exist."""

    files: tuple[str, ...]
    missing: tuple[str, ...]


def export_files(folder: Path, target: Path, *, has_model: bool = True) -> Exported:
    """Copy the result in a sweep's folder to a new or empty folder: all of it, or nothing.

    A model is missing only if trials of the sweep's kind have models.

    SpecError if the target is not empty, or there is nothing to copy.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise SpecError([Problem("", f"'{target}' is there already, and not an empty folder: name another")])
    target = target.absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".", dir=target.parent) as temporary:
        built = private_folder(Path(temporary, "result"))
        files = tuple(name for name in FILES if _copy(folder, name, built))
        if (folder / BEST).is_dir():
            copy_folder(folder / BEST, built / BEST, keeps_outside_links=False)
            files = (*files, BEST)
        if not files:
            raise SpecError([Problem("", f"there is nothing to export in {folder}")])
        built.replace(target)
    missing = (name for name in FILES if name not in files and (has_model or name != MODEL))
    return Exported(files, tuple(missing))


def _copy(folder: Path, name: str, target: Path) -> bool:
    """Copy one file; False if there is none."""
    source = folder / (LEADERBOARD if name == _CSV else name)
    if not source.is_file():
        return False
    if source.name == name:
        shutil.copyfile(source, target / name)
    else:
        pq.read_table(source).to_pandas().to_csv(target / name, index=False)
    return True
