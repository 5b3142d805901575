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
    # A sweep that has ended must not wait for minutes for a server that does not answer.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    # Without a network, telemetry does nothing but print errors.
    "MLFLOW_DISABLE_TELEMETRY": "true",
    # Its log lines about tables and runs would break the live progress in a terminal.
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}


class TrackingError(SweepflowError):
    """MLflow is not installed, cannot be reached, or refuses a request."""


@contextmanager
def tracking(uri: str) -> Iterator["MlflowClient"]:
    """A client of the store; every error in this block becomes a TrackingError of one sentence."""
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
        except Exception as error:  # from the store, the server or the network: they share no base class
            raise TrackingError(f"MLflow at {without_secrets(uri)} {_fault(error)}") from error


def _fault(error: BaseException) -> str:
    from requests import RequestException

    chain = [error]
    while cause := chain[-1].__cause__ or chain[-1].__context__:
        chain.append(cause)
    if any(isinstance(cause, RequestException | ConnectionError | TimeoutError) for cause in chain):
        return "cannot be reached"
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return f"has failed: {without_secrets(lines[0])}"


@contextmanager
def _environment() -> Iterator[None]:
    """Set our settings, except those that are set already, for this block."""
    added = {name: value for name, value in _SETTINGS.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)
