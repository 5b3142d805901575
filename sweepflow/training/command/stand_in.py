"""Puts the stand-in for the Azure SDK v1 on the path of a trial's script."""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from sweepflow.training.command.named_scripts import named_scripts

_AZURE = Path(__file__).parents[2] / "azure"
_IMPORT = re.compile(r"^\s*(import|from)\s+azureml\b", re.MULTILINE)


def stand_in_variables(path: str | None, *, is_v1: bool, imports_sdk: bool = False) -> dict[str, str]:
    """The environment variables with which Python finds the stand-in; `path` is the PYTHONPATH to extend.

    It gives way to an installed SDK unless `is_v1`. Old names are restored before the script begins if it
    `imports_sdk` or `is_v1`, otherwise when the stand-in is imported.
    """
    first = [str(_AZURE / "stand_in_first")] if is_v1 or imports_sdk else []
    folders = [*first, *filter(None, (path or "").split(os.pathsep)), str(_AZURE / "stand_in")]
    said = {"SWEEPFLOW_AZUREML": "v1"} if is_v1 else {}
    return {"PYTHONPATH": os.pathsep.join(folders), **said}


def imports_sdk(command: str, code: Path | None) -> bool:
    """Whether a Python script that the command names, in the folder of the code, imports the SDK."""
    return code is not None and any(_IMPORT.search(text) for text in named_scripts(command, code))


def installed_sdk(command: str, code: Path | None) -> Iterator[str]:
    """A notice of an SDK that takes the place of the stand-in, where a script of the command imports it."""
    files = [Path(entry) / "azureml/core/__init__.py" for entry in sys.path if Path(entry).parent != _AZURE]
    if any(file.is_file() for file in files) and imports_sdk(command, code):
        yield (
            "trial.azureml: is empty, so the script uses the Azure ML SDK that is installed here, "
            "which logs nothing to the sweep; write v1, as --set trial.azureml=v1 does"
        )
