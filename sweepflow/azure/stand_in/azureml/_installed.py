"""Whether the SDK itself is installed beside its stand-in."""

from __future__ import annotations

import os
import sys


def package_folders(stand_in: str) -> list[str]:
    """The folders of the package: the stand-in's, and those that other distributions have put on the path.

    Where the SDK is among these, theirs alone, unless the spec says `azureml: v1`.
    """
    folders = [os.path.join(entry or os.curdir, "azureml") for entry in sys.path]  # noqa: PTH118
    others = [folder for folder in dict.fromkeys(folders) if folder != stand_in and os.path.isdir(folder)]  # noqa: PTH112
    is_installed = any(os.path.isfile(os.path.join(folder, "core", "__init__.py")) for folder in others)  # noqa: PTH113, PTH118
    if is_installed and os.environ.get("SWEEPFLOW_AZUREML") != "v1":
        return others
    return [stand_in, *others]
