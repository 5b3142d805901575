"""What a notebook trains with."""

from typing import Any

from azureml._cloud import absent


def __getattr__(name: str) -> Any:
    return absent(__name__, name)
