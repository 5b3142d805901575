"""Puts the stand-in for the Azure SDK v1 on the path of a trial's script."""

import os
from pathlib import Path

_AZURE = Path(__file__).parents[2] / "azure"


def stand_in_variables(path: str | None, *, is_v1: bool) -> dict[str, str]:
    """The environment variables with which Python finds the stand-in; `path` is the PYTHONPATH to extend.

    It gives way to an installed SDK unless `is_v1`; then it also comes into effect before the script begins.
    """
    first = [str(_AZURE / "stand_in_first")] if is_v1 else []
    folders = [*first, *filter(None, (path or "").split(os.pathsep)), str(_AZURE / "stand_in")]
    said = {"SWEEPFLOW_AZUREML": "v1"} if is_v1 else {}
    return {"PYTHONPATH": os.pathsep.join(folders), **said}
