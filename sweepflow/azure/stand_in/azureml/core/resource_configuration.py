"""What a registered model would be served with in the cloud; kept, and without effect here."""

from __future__ import annotations

from typing import Any

from azureml._cloud import absent


class ResourceConfiguration:
    """Processors and memory."""

    def __init__(
        self, cpu: float | None = None, memory_in_gb: float | None = None, gpu: int | None = None
    ) -> None:
        self.cpu = cpu
        self.memory_in_gb = memory_in_gb
        self.gpu = gpu


def __getattr__(name: str) -> Any:
    return absent(__name__, name)
