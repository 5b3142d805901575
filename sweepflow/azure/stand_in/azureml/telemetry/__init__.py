"""The SDK's telemetry: nothing is sent."""

from typing import Any


def set_diagnostics_collection(*_: Any, **__: Any) -> None:
    """Does nothing."""
