"""The errors of the SDK that scripts catch by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azureml._cloud import absent


class AzureMLException(Exception):
    """Base of the errors."""

    def __init__(self, exception_message: str = "", **_: object) -> None:
        super().__init__(exception_message)
        self.message = exception_message

    def __str__(self) -> str:
        return self.message

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the message alone."""
        return [self.message]


class UserErrorException(AzureMLException):
    """The script asks for something that cannot be done; the message says what to do instead."""


class DataNotMapped(UserErrorException, KeyError):
    """No local file stands for a data set; the message has the option that gives one."""


class RunEnvironmentException(AzureMLException):
    """The script does not run in a trial."""


class ExperimentExecutionException(AzureMLException):
    """A run cannot be started."""


class ComputeTargetException(AzureMLException):
    """There is no such compute target."""


class ModelNotFoundException(AzureMLException):
    """There is no such model."""


class ProjectSystemException(AzureMLException):
    """There is no such workspace."""


class WebserviceException(AzureMLException):
    """A web service cannot be used."""


class RunConfigurationException(AzureMLException):
    """A run is described wrongly."""


if not TYPE_CHECKING:  # a checker must tell a misspelt name

    def __getattr__(name):
        return absent(__name__, name)
