"""What a notebook trains with."""

from __future__ import annotations

from typing import Any

from azureml._cloud import absent


def __getattr__(name: str) -> Any:
    return absent(__name__, name)
