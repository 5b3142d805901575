"""What workers need of the flow's files that cannot see them: data, code, modules and inputs."""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sweepflow.base.settings import home
from sweepflow.training.job import OUTPUTS, Job
from sweepflow.training.shipped_functions import file_of, names_in

_LEFT_OUT = (".git", ".hg", ".svn", "__pycache__", ".ipynb_checkpoints", "node_modules")
_ENVIRONMENTS = ("pyvenv.cfg", "conda-meta")
_MOST_BYTES = 1 << 30


class TooMuch(OSError):
    """A folder is too big to be sent to every worker."""


class Goods(NamedTuple):
    """A file or folder of the flow's, and the files that are sent of it."""

    root: Path
    files: tuple[Path, ...]
    can_change: bool = False
    """Whether it has to be sent again for each trial."""


def goods_of_sweep(fields: Mapping[str, Any], paths: Iterable[str], modules: Iterable[str]) -> list[Goods]:
    """What all trials need: the folders of code that these fields of a trial name, and modules."""
    named = [path for name in paths for path in _texts(fields.get(name)) if path.startswith("/")]
    code = [Goods(Path(path), _tree(Path(path))) for path in named if Path(path).exists()]
    functions = [file_of(name) for name in names_in(json.dumps(fields))]
    parts = [*code, *(Goods(Path(folder), _python_files(Path(folder))) for folder in modules)]
    return [*parts, Goods(home() / "functions", tuple(path for path in functions if path.exists()))]


def goods_of_job(job: Job) -> list[Goods]:
    """What a trial with this job needs beside: the data, its inputs, and what an earlier attempt has left."""
    found = []
    if job.data is not None:
        folder = Path(job.data.folder)
        needed = (path for path in folder.iterdir() if path.is_file() and not path.name.startswith("test."))
        found.append(Goods(folder, tuple(needed)))
    for text in job.inputs.values():
        path = Path(text) if text.startswith("/") else None
        if path is not None and path.exists() and not any(path.is_relative_to(each.root) for each in found):
            found.append(Goods(path, _tree(path)))
    if job.folder is not None and (job.folder / OUTPUTS).is_dir():
        found.append(Goods(job.folder / OUTPUTS, _tree(job.folder / OUTPUTS), can_change=True))
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value


def _tree(root: Path) -> tuple[Path, ...]:
    """The file, or the files in the folder, but for what works or matters in one place only."""
    if root.is_file():
        return (root,)
    found, n_bytes = [], 0
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in _LEFT_OUT and not _is_environment(folder, name)]
        for path in (Path(folder, name) for name in names):
            if path.is_file():
                found.append(path)
                n_bytes += path.stat().st_size
        if n_bytes > _MOST_BYTES:
            raise TooMuch(
                f"'{root}' holds more than {_MOST_BYTES >> 30} GiB: put it on a file system that all share"
            )
    return tuple(found)


def _is_environment(folder: str, name: str) -> bool:
    return any(Path(folder, name, entry).exists() for entry in _ENVIRONMENTS)


def _python_files(folder: Path) -> tuple[Path, ...]:
    """The modules and packages in a folder that a process imports from, and the files in the packages."""
    if not folder.is_dir():
        return ()
    modules = [path for path in folder.glob("*.py") if re.fullmatch(r"\w+\.py", path.name)]
    packages = [path.parent for path in folder.glob("*/__init__.py")]
    return (*modules, *(path for package in packages for path in _tree(package)))
