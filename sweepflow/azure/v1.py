"""Lets a notebook for the Azure SDK v1 run on this machine: import this in its first cell.

Where a notebook must stay as it is, put the folder that `python -m sweepflow.azure.v1` prints on PYTHONPATH.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from sweepflow.azure.hyperdrive.refusal import Refused

STAND_IN = Path(__file__).with_name("stand_in")
"""The folder of the stand-in for `azureml`."""

_INPUTS = "SWEEPFLOW_INPUTS"


def map_input(name: str, path: str | Path) -> None:
    """Read a data set, by its name or the last part of its URL, from this local file or folder.

    Refused if there is no such file.
    """
    if not Path(path).exists():
        raise Refused(f"there is no file or folder '{path}' to read '{name}' from")
    inputs = json.loads(os.environ.get(_INPUTS) or "{}")
    os.environ[_INPUTS] = json.dumps({**inputs, name: str(Path(path).absolute())})


def _provide() -> None:
    """Let `azureml` be the stand-in from now on, whether or not the SDK is installed."""
    os.environ["SWEEPFLOW_AZUREML"] = "v1"
    if str(STAND_IN) not in sys.path:
        sys.path.insert(0, str(STAND_IN))
    module = sys.modules.get("azureml")
    if module is not None and str(STAND_IN / "azureml") not in module.__path__:
        for name in list(_loaded()):
            del sys.modules[name]


def _loaded() -> Iterator[str]:
    return (name for name in sys.modules if name == "azureml" or name.startswith("azureml."))


if __name__ == "__main__":
    print(STAND_IN)
else:
    _provide()
