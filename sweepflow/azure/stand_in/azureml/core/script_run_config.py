"""A script with its arguments."""

from sweepflow.azure.hyperdrive.script import ScriptRunConfig

__all__ = ["ScriptRunConfig"]
