"""What a script names files by, as texts."""

from __future__ import annotations

from typing import Any

from azureml.data.datapath import DataPath


def sources(path: Any) -> list[str]:
    """The URLs and paths in what a script passes: one or many texts, paths, or paths in a datastore."""
    if isinstance(path, DataPath):
        return [path.path_on_datastore]
    if isinstance(path, tuple) and len(path) == 2 and not isinstance(path[0], str):
        return sources(path[1])  # a datastore, and a path or a list of paths in it
    if isinstance(path, (list, tuple)):
        return [source for part in path for source in sources(part)]
    return [str(path)]
