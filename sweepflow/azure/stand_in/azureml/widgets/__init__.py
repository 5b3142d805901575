"""What a notebook shows of a run."""

from sweepflow.azure.hyperdrive.widget import RunDetails

__all__ = ["RunDetails"]
