"""Imports the user's own modules, without letting one shadow a module that Python or Sweepflow needs.

Their folders come last on the path, and only once one of their modules is needed. A module there wins only
over a package that happens to be installed under the same name, such as `utils`.
"""

import json
import os
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from datetime import datetime
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
_OWN_PACKAGE = Path(__file__).parents[1]
_LIBRARY = sysconfig.get_path("stdlib")
_LIBRARIES = (
    str(Path(_LIBRARY).parent / f"python{sys.version_info.major}{sys.version_info.minor}.zip"),
    _LIBRARY,
    sysconfig.get_path("platstdlib"),
    str(Path(_LIBRARY) / "lib-dynload"),
)


def add_module_folders(folders: Iterable[str | Path]) -> None:
    """Add folders of the user's modules, for this process and those that it starts."""
    os.environ[_FOLDERS] = json.dumps(list(dict.fromkeys([*module_folders(), *map(str, folders)])))


def module_folders() -> list[str]:
    """The folders that were added so far."""
    return [str(folder) for folder in json.loads(os.environ.get(_FOLDERS) or "[]")]


def use_module_folders(module: str) -> None:
    """Import modules from the added folders from now on, this module rather than an installed one."""
    _finder.folders = module_folders()
    added = [folder for folder in _finder.folders if folder not in sys.path]
    sys.path += added
    _finder.added.update(added)
    _finder.named_modules.add(_top(module))
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)


def why_hidden(module: str) -> str | None:
    """Why a user's module cannot be imported under its name; None if it can, or does not exist."""
    name = _top(module)
    # A notebook's own folder comes first on the path without having been added.
    file = _file_in([*module_folders(), *_split_path().users], name)
    owner = file and _owner(name)
    if not owner:
        file = _file_in(module_folders(), name)
        loaded = getattr(sys.modules.get(name), "__file__", None)
        if not file or not loaded or Path(loaded).samefile(file):
            return None
        owner = f"the one in {loaded}, which is imported already"
    return f"'{name}' is {owner}, and hides {_path_to_rename(str(file))}: rename that"


def why_failed(error: BaseException) -> str | None:
    """Why the module that an import error or an attribute error names is hidden; None as in `why_hidden`."""
    module = getattr(error, "obj", None)
    name = module.__name__ if isinstance(module, ModuleType) else getattr(error, "name", None)
    names_module = isinstance(error, ImportError) or isinstance(module, ModuleType)
    return why_hidden(name) if names_module and isinstance(name, str) else None


def user_folder(module: str) -> Path | None:
    """The added folder that a module was imported from; None if it comes from elsewhere."""
    file = getattr(sys.modules.get(_top(module)), "__file__", None)
    file_in_folders = _file_in(module_folders(), _top(module))
    if not file or not file_in_folders or not Path(file).samefile(file_in_folders):
        return None
    path = Path(file_in_folders).absolute()
    return path.parents[1 if path.name == "__init__.py" else 0]


def imported_folder(module: str) -> Path | None:
    """The folder that a module has been imported from; None if that is no folder of files."""
    top = sys.modules.get(_top(module))
    file = getattr(top, "__file__", None)
    if file is None:  # it is built in, or a folder without `__init__.py`
        return next((Path(path).absolute().parent for path in getattr(top, "__path__", ())), None)
    return Path(file).absolute().parents[1 if hasattr(top, "__path__") else 0]


def module_has_changed_since(module: str, time: datetime) -> bool:
    """Whether the file of an imported module has changed since; modules that it imports are not checked."""
    file = getattr(sys.modules.get(module), "__file__", None)
    return file is not None and Path(file).stat().st_mtime > time.timestamp()


class _SplitPath(NamedTuple):
    """The path, and apart from it the folders that come before all of Python's: a notebook's, a script's."""

    path: list[str]
    users: list[str]


def worker_path() -> tuple[list[str], dict[str, str]]:
    """The path of a process that trains, and the environment variable with the user's folders."""
    path, users = _split_path()
    return path, naming_folders([*module_folders(), *users])


def all_folders() -> list[str]:
    """The user's folders as a process that trains elsewhere has to know them: also those of PYTHONPATH."""
    return list(dict.fromkeys([*module_folders(), *_split_path().users, *_folders_of_variable()]))


def naming_folders(folders: Iterable[str]) -> dict[str, str]:
    """The environment variable that gives a process these folders of the user's."""
    return {_FOLDERS: json.dumps(list(folders))}


def _split_path() -> _SplitPath:
    entries = [entry or str(Path.cwd()) for entry in sys.path if entry not in _finder.added]
    first = next((index for index, entry in enumerate(entries) if entry in _LIBRARIES), 0)
    # A user who sets PYTHONPATH wants it to come first.
    variable_folders = _folders_of_variable()
    from_variable = [entry for entry in entries[:first] if str(Path(entry).absolute()) in variable_folders]
    users = [entry for entry in entries[:first] if entry not in from_variable]
    rest = entries[first:]
    own = [entry for entry in users if _holds_us(entry)]
    if own and not any(map(_holds_us, rest)):  # a checkout, not an installed package
        rest.insert(sum(entry in _LIBRARIES for entry in rest), own[0])
    return _SplitPath([*from_variable, *rest], [entry for entry in users if entry not in own])


def _folders_of_variable() -> list[str]:
    entries = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return [str(Path(entry).absolute()) for entry in entries if entry]


class _Finder:
    """Finds the user's modules, except where another module of that name is needed."""

    def __init__(self) -> None:
        self.folders: list[str] = []
        self.added: set[str] = set()
        """Those that were put on the path by `use_module_folders`."""
        self.named_modules: set[str] = set()
        """Modules that a spec names: they win over any installed one that is not needed."""

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """The user's module, unless another one of that name has to be imported."""
        user_spec = PathFinder.find_spec(name, self.folders) if path is None else None
        if user_spec is None or name in sys.builtin_module_names:
            return None
        # Returned from here: on the path a package without `__init__.py` would come after those with one.
        other_spec = PathFinder.find_spec(
            name, [entry for entry in sys.path if self._may_hold_other(entry, name)]
        )
        if user_spec.origin is None:  # a folder without `__init__.py` may hold anything, such as files
            return user_spec if other_spec is None else None
        if _is_ours(name):
            if other_spec is None:  # a standard module of another system, which libraries try to import
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
            return other_spec
        return user_spec if other_spec is None or self._wins(name) else other_spec

    def _may_hold_other(self, entry: str, name: str) -> bool:
        """Whether this folder on the path may hold another such module; a checkout holds its package only."""
        return entry not in self.folders and (name == _OWN or not _is_checkout(entry))

    def _wins(self, name: str) -> bool:
        """Whether the user's module wins over an installed one."""
        may_win = name in self.named_modules or name not in _distributions(name)
        return may_win and _owner(name) is None


_finder = _Finder()


def _is_ours(name: str) -> bool:
    return name in sys.stdlib_module_names or name == _OWN


def _owner(name: str) -> str | None:
    """Whose module it is, if Python or Sweepflow needs it; else None."""
    if name in sys.stdlib_module_names:
        return "a module of Python's own"
    if name == _OWN:
        return "Sweepflow itself"
    needed = _distributions(name) & _needed()
    return f"a module of the package {min(needed)}, which Sweepflow needs" if needed else None


def _distributions(module: str) -> frozenset[str]:
    """The names of the installed packages that contain the module."""
    folders = module_folders()
    if PathFinder.find_spec(module, [entry for entry in _split_path().path if entry not in folders]) is None:
        return frozenset()  # a quick check: listing all installed packages takes longer
    return frozenset(map(_canonical, _by_module().get(module, [])))


@cache
def _by_module() -> dict[str, list[str]]:
    return dict(packages_distributions())


@cache
def _needed() -> frozenset[str]:
    """Every package that Sweepflow requires, directly or through another one."""
    packages: set[str] = set()
    remaining = ["sweepflow"]
    while remaining:
        package = remaining.pop()
        if package not in packages:
            packages.add(package)
            remaining += [_canonical(Requirement(line).name) for line in _requires(package)]
    return frozenset(packages)


def _requires(package: str) -> list[str]:
    try:
        return requires(package) or []
    except PackageNotFoundError:
        return []


def _canonical(package: str) -> str:
    return str(canonicalize_name(package))


def _file_in(folders: list[str], name: str) -> str | None:
    """The module's file or folder in these folders; Sweepflow's own does not count as the user's."""
    spec = PathFinder.find_spec(name, [f for f in folders if not (name == _OWN and _holds_us(f))])
    if spec is None:
        return None
    if spec.origin:
        return spec.origin
    return next(
        (folder for folder in spec.submodule_search_locations or () if any(Path(folder).glob("*.py"))), None
    )


@cache
def _holds_us(folder: str) -> bool:
    """Whether the folder has Sweepflow itself, the one that runs; a link to it counts too."""
    package = Path(folder, _OWN)
    return package.is_dir() and package.samefile(_OWN_PACKAGE)


@cache
def _is_checkout(folder: str) -> bool:
    return _holds_us(folder) and Path(folder, "pyproject.toml").is_file()


def _path_to_rename(file: str) -> str:
    path = Path(file)
    return str(path.parent if path.name == "__init__.py" else path)


def _top(module: str) -> str:
    return module.partition(".")[0]
