"""The flows as Prefect finds them when it runs a deployment: `sweepflow.served.tune` and the others.

Prefect imports a module with the working directory first on the path, where a file of the user's could stand
in for a module that the flows need; it asks the module for the flow with the path as it was.
"""

from sweepflow.importing.lazy_names import lazy_names

_FLOWS = ("tune", "promote", "score")

__getattr__ = lazy_names(__name__, {name: f"sweepflow.flows.{name}" for name in _FLOWS})
