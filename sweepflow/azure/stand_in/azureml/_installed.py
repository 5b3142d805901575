"""Whether the SDK itself is installed beside its stand-in."""

from __future__ import annotations

import os
from pathlib import Path


def put_installed_first(folders: list[str], *, stand_in: str) -> list[str]:
    """The folders of the package, those of an installed SDK first unless the spec says `azureml: v1`."""
    others = [folder for folder in folders if folder != stand_in]
    is_installed = any((Path(folder) / "core" / "__init__.py").is_file() for folder in others)
    if is_installed and os.environ.get("SWEEPFLOW_AZUREML") != "v1":
        return others
    return [stand_in, *others]
