"""The SDK's telemetry: nothing is sent."""

from __future__ import annotations

from typing import Any

from azureml._cloud import absent


def set_diagnostics_collection(*_: Any, **__: Any) -> None:
    """Does nothing."""


def __getattr__(name: str) -> Any:
    return absent(__name__, name)
