"""Finds every module of the SDK that has no stand-in, so that a script which only imports it runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from azureml._cloud import absent

if TYPE_CHECKING:
    from importlib.abc import Loader
else:  # importing them takes as long as all the rest
    Loader = object


class _Module(ModuleType):
    """A module in which every name is a class that exists only in the cloud."""

    def __getattr__(self, name: str) -> Any:
        return absent(self.__name__, name)


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
        return _Module(spec.name, "Exists only in Azure's cloud.")

    def exec_module(self, module: ModuleType) -> None:
        """Nothing has to be run."""


def find_absent_modules() -> None:
    """Let every module of the SDK be imported from now on."""
    sys.meta_path.append(_Finder())
