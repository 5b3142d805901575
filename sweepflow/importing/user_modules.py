"""Modules of the user's own: they are found, and stand in for none that Python or Sweepflow needs.

The folders in which they may lie come last on the path, and not before a module of theirs is needed. What
lies there wins only over what others happen to have installed under the same name, such as `utils`.
"""

import json
import os
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_FOLDERS = "SWEEPFLOW_MODULE_FOLDERS"
_OWN = "sweepflow"
_OWN_FOLDER = str(Path(__file__).absolute().parents[2])
_LIBRARY = sysconfig.get_path("stdlib")
_LIBRARIES = (
    str(Path(_LIBRARY).parent / f"python{sys.version_info.major}{sys.version_info.minor}.zip"),
    _LIBRARY,
    sysconfig.get_path("platstdlib"),
    str(Path(_LIBRARY) / "lib-dynload"),
)


def offer_folders(folders: Iterable[str | Path]) -> None:
    """Name folders in which modules of the user's may lie, to this process and those that it starts."""
    os.environ[_FOLDERS] = json.dumps(list(dict.fromkeys([*offered_folders(), *map(str, folders)])))


def offered_folders() -> list[str]:
    """The folders that were named so far."""
    return [str(folder) for folder in json.loads(os.environ.get(_FOLDERS) or "[]")]


def use_folders(module: str) -> None:
    """From now on find modules in the folders that were named, this one before an installed one."""
    _finder.folders = offered_folders()
    added = [folder for folder in _finder.folders if folder not in sys.path]
    sys.path += added
    _finder.added.update(added)
    _finder.wanted.add(_top(module))
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)


def why_hidden(module: str) -> str | None:
    """Why a module of the user's cannot be imported under its name; None if it can, or there is none."""
    name = _top(module)
    # In a notebook its own folder comes first on the path, and nothing is named.
    file = _file_in([*offered_folders(), *_divided().users], name)
    owner = file and _owner(name)
    if not owner:
        file = _file_in(offered_folders(), name)
        loaded = getattr(sys.modules.get(name), "__file__", None)
        if not file or not loaded or Path(loaded).samefile(file):
            return None
        owner = f"the one in {loaded}, which is imported already"
    return f"'{name}' is {owner}, and hides {_shown(str(file))}: rename that"


def why_failed(error: BaseException) -> str | None:
    """The same for the module that an import error or an attribute error speaks of."""
    module = getattr(error, "obj", None)
    name = module.__name__ if isinstance(module, ModuleType) else getattr(error, "name", None)
    is_told = isinstance(error, ImportError) or isinstance(module, ModuleType)
    return why_hidden(name) if is_told and isinstance(name, str) else None


def folder_of_user(module: str) -> Path | None:
    """The folder, of those that were named, that a module has been imported from; None if of no such one."""
    file = getattr(sys.modules.get(_top(module)), "__file__", None)
    found = _file_in(offered_folders(), _top(module))
    if not file or not found or not Path(file).samefile(found):
        return None
    path = Path(found).absolute()
    return path.parents[1 if path.name == "__init__.py" else 0]


class Divided(NamedTuple):
    """The path, without the folders that come before all of Python's: a notebook's, a script's."""

    path: list[str]
    users: list[str]


def path_of_worker() -> tuple[list[str], dict[str, str]]:
    """What a process that trains is to import from: its path, and its environment with the users' folders."""
    path, users = _divided()
    return path, {_FOLDERS: json.dumps([*offered_folders(), *users])}


def _divided() -> Divided:
    entries = [entry or str(Path.cwd()) for entry in sys.path if entry not in _finder.added]
    first = next((place for place, entry in enumerate(entries) if entry in _LIBRARIES), 0)
    # Who sets PYTHONPATH wants it to come first.
    chosen = [Path(entry).absolute() for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    kept = [entry for entry in entries[:first] if Path(entry).absolute() in chosen]
    users = [entry for entry in entries[:first] if entry not in kept]
    rest = entries[first:]
    if _OWN_FOLDER in users and _OWN_FOLDER not in rest:  # a checkout, and not what is installed
        rest.insert(sum(entry in _LIBRARIES for entry in rest), _OWN_FOLDER)
    return Divided([*kept, *rest], [entry for entry in users if entry != _OWN_FOLDER])


class _Finder:
    """Finds modules of the user's, but for those that something else is needed for."""

    def __init__(self) -> None:
        self.folders: list[str] = []
        self.added: set[str] = set()
        """Those of them that the path has because they are used."""
        self.wanted: set[str] = set()
        """Names that a spec names: these win over anything that is not needed."""

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """The module, if the user's is to be taken though there may be another."""
        found = PathFinder.find_spec(name, self.folders) if path is None else None
        if found is None or name in sys.builtin_module_names:
            return None
        # Given and not left to the path, where a package without `__init__.py` would count for less.
        other = PathFinder.find_spec(name, [entry for entry in sys.path if self._is_others(entry, name)])
        if found.origin is None:  # a folder without `__init__.py` may hold anything, such as files
            return found if other is None else None
        if _is_ours(name):
            if other is None:  # one of Python's for another system, which libraries ask for
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
            return other
        return found if other is None or self._is_wanted(name) else other

    def _is_others(self, entry: str, name: str) -> bool:
        """Whether this folder on the path counts beside the user's; a checkout offers its package alone."""
        return entry not in self.folders and (entry != _OWN_FOLDER or name == _OWN)

    def _is_wanted(self, name: str) -> bool:
        """Whether the user's is to be taken before an installed one."""
        is_meant = name in self.wanted or name not in _distributions(name)
        return is_meant and _owner(name) is None


_finder = _Finder()


def _is_ours(name: str) -> bool:
    return name in sys.stdlib_module_names or name == _OWN


def _owner(name: str) -> str | None:
    """What a module is, if Python or Sweepflow needs it."""
    if name in sys.stdlib_module_names:
        return "a module of Python's own"
    if name == _OWN:
        return "Sweepflow itself"
    needed = _distributions(name) & _needed()
    return f"a module of the package {min(needed)}, which Sweepflow needs" if needed else None


def _distributions(module: str) -> frozenset[str]:
    """The names of the installed packages that have such a module."""
    folders = offered_folders()
    if PathFinder.find_spec(module, [entry for entry in _divided().path if entry not in folders]) is None:
        return frozenset()  # in an instant; a list of all that is installed takes longer
    return frozenset(map(_canonical, _by_module().get(module, [])))


@cache
def _by_module() -> dict[str, list[str]]:
    return dict(packages_distributions())


@cache
def _needed() -> frozenset[str]:
    """Every package that Sweepflow may import, or that one of them may import."""
    found: set[str] = set()
    ahead = ["sweepflow"]
    while ahead:
        package = ahead.pop()
        if package not in found:
            found.add(package)
            ahead += [_canonical(Requirement(line).name) for line in _requires(package)]
    return frozenset(found)


def _requires(package: str) -> list[str]:
    try:
        return requires(package) or []
    except PackageNotFoundError:
        return []


def _canonical(package: str) -> str:
    return str(canonicalize_name(package))


def _file_in(folders: list[str], name: str) -> str | None:
    """The file of such a module there, or its folder of modules; Sweepflow's own is none of the user's."""
    others = [folder for folder in folders if not (name == _OWN and folder == _OWN_FOLDER)]
    found = PathFinder.find_spec(name, others)
    if found is None:
        return None
    if found.origin:
        return found.origin
    return next(
        (each for each in found.submodule_search_locations or () if any(Path(each).glob("*.py"))), None
    )


def _shown(file: str) -> str:
    path = Path(file)
    return str(path.parent if path.name == "__init__.py" else path)


def _top(module: str) -> str:
    return module.partition(".")[0]
