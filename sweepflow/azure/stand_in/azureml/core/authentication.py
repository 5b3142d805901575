"""Ways to log in, which nothing asks for here."""

from __future__ import annotations

from typing import Any

from azureml._cloud import absent


class InteractiveLoginAuthentication:
    """Takes whatever it is given, keeps none of it, and asks for nothing."""

    def __init__(self, *_: object, **__: object) -> None:
        """Keep no secret."""


class ServicePrincipalAuthentication(InteractiveLoginAuthentication):
    """The same."""


class AzureCliAuthentication(InteractiveLoginAuthentication):
    """The same."""


class MsiAuthentication(InteractiveLoginAuthentication):
    """The same."""


def __getattr__(name: str) -> Any:
    return absent(__name__, name)
