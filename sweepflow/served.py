"""The flows as Prefect finds them when it runs a deployment: `sweepflow.served.tune` and the others.

Prefect imports a module with the working directory first on the path, where the user may have `flows` of
their own; what it asks the module for, it asks for with the path as it was.
"""

from importlib import import_module
from typing import Any

from sweepflow.importing.safe_path import folder_of, import_own


def __getattr__(name: str) -> Any:
    if name not in ("tune", "promote", "score"):
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    import_own("flows", folder_of(__file__))
    return getattr(import_module(f"flows.{name}"), name)
