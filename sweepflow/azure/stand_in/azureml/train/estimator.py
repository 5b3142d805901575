"""The older way to name a script."""

from sweepflow.azure.hyperdrive.script import Estimator

__all__ = ["Estimator"]
