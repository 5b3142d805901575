"""The SDK's telemetry: nothing is sent."""

from __future__ import annotations

from typing import Any


def set_diagnostics_collection(*_: Any, **__: Any) -> None:
    """Does nothing."""
