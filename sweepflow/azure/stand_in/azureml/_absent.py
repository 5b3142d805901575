"""Finds every module of the SDK that has no file here, so that a script which only imports it runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from azureml._cloud import absent

if TYPE_CHECKING:
    from importlib.abc import Loader
else:  # importing them takes as long as all the rest
    Loader = object


_HYPERDRIVE = "azureml.train.hyperdrive"
_HOMES = {
    "azureml.core.compute_target": "azureml.core.compute",
    f"{_HYPERDRIVE}.parameter_expressions": _HYPERDRIVE,
    f"{_HYPERDRIVE}.policy": _HYPERDRIVE,
    f"{_HYPERDRIVE}.run": _HYPERDRIVE,
    f"{_HYPERDRIVE}.runconfig": _HYPERDRIVE,
    f"{_HYPERDRIVE}.sampling": _HYPERDRIVE,
}
"""Where the names of a module are that scripts also import them from."""


class _Module(ModuleType):
    """A module with the names of its home; without one, every name is a class that only the cloud has."""

    def __getattr__(self, name: str) -> Any:
        home = _HOMES.get(self.__name__)
        return getattr(import_module(home), name) if home else absent(self.__name__, name)


class _Finder(Loader):
    """Comes last: it is asked only for what no folder has."""

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """An empty package for a module of the SDK, None for any other."""
        return ModuleSpec(name, self, is_package=True) if name.startswith("azureml.") else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module, still empty."""
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing has to be run."""


def find_absent_modules() -> None:
    """Let every module of the SDK be imported from now on."""
    sys.meta_path.append(_Finder())
