"""The MLflow store that a tracking URI names."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sweepflow.base.credentials import without_secrets
from sweepflow.errors import SweepflowError

if TYPE_CHECKING:
    from mlflow import MlflowClient

_SETTINGS = {
    # A sweep that has ended must not wait for minutes for a server that is gone.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    # Its reports of use to its makers; without a network they only print errors.
    "MLFLOW_DISABLE_TELEMETRY": "true",
    # What it tells of its tables, and two lines for every run, would tear the progress on a terminal.
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}


class TrackingError(SweepflowError):
    """MLflow is not installed, cannot be reached, or refuses what it was given."""


@contextmanager
def tracking(uri: str) -> Iterator["MlflowClient"]:
    """A client of the store; whatever goes wrong with it is a TrackingError of one sentence."""
    with _environment():
        try:
            from mlflow import MlflowClient
        except ImportError as error:
            raise TrackingError(
                f"mlflow cannot be imported ({error}): pip install 'sweepflow[mlflow]'"
            ) from error
        try:
            yield MlflowClient(tracking_uri=uri)
        except SweepflowError:
            raise
        except Exception as error:  # its store's, its server's, the network's: they share no class
            raise TrackingError(f"MLflow at {without_secrets(uri)} {_fault(error)}") from error


def _fault(error: BaseException) -> str:
    from requests import RequestException

    chain = [error]
    while following := chain[-1].__cause__ or chain[-1].__context__:
        chain.append(following)
    if any(isinstance(each, RequestException | ConnectionError | TimeoutError) for each in chain):
        return "cannot be reached"
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return f"has failed: {without_secrets(lines[0])}"


@contextmanager
def _environment() -> Iterator[None]:
    """Our settings where there are none, in this block alone."""
    ours = {name: value for name, value in _SETTINGS.items() if name not in os.environ}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name in ours:
            os.environ.pop(name, None)
