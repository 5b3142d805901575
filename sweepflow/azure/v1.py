"""Lets a notebook for the Azure SDK v1 run on this machine: import this in its first cell.

Where a notebook must stay as it is, put the folder that `python -m sweepflow.azure.v1` prints on PYTHONPATH.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from sweepflow.azure.hyperdrive.inputs import map_input

__all__ = ["STAND_IN", "map_input"]

STAND_IN = Path(__file__).with_name("stand_in")
"""The folder of the stand-in for `azureml`."""


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
