"""The flows as Prefect finds them when it runs a deployment: `sweepflow.served.tune` and the others.

Prefect imports a module with the working directory first on the path, where a file of the user's could stand
in for a module that the flows need; it asks the module for the flow with the path as it was.
"""

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    if name not in ("tune", "promote", "score"):
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(import_module(f"sweepflow.flows.{name}"), name)
