"""Automated machine learning, which exists only in the cloud: it can be configured, and not be run."""

from __future__ import annotations

from typing import Any

from azureml._cloud import absent
from sweepflow.azure.hyperdrive.refusal import note


class AutoMLConfig:
    """What automated machine learning would run with."""

    def __init__(self, **settings: Any) -> None:
        self.user_settings = settings
        note(
            "AutoMLConfig is only a description here: automated machine learning exists only in Azure's cloud"
        )


def __getattr__(name: str) -> Any:
    return absent(__name__, name)
