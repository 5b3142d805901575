"""What `sweepflow to-mlflow` does: log a recorded sweep to MLflow."""

from contextlib import closing
from typing import Any

from rich.console import Console

from sweepflow.archive.folder import SweepFolder
from sweepflow.base.settings import home, ledger_url, mlflow_uri
from sweepflow.errors import Problem, SpecError
from sweepflow.flows.cli.screen.text import text
from sweepflow.ledger.ledger import Ledger
from sweepflow.ledger.lookup import find_sweep
from sweepflow.tracking.log import log_again
from sweepflow.tracking.store import TrackingError


def log_sweep(sweep_id: str) -> dict[str, Any]:
    """Log the sweep; gives its full ID, its MLflow run, and the models that it has made champion.

    `sweep_id` is a sweep's ID, the beginning of it, or `latest`. SpecError if there is no such sweep or no
    tracking server, or if the server refuses it.
    """
    uri = mlflow_uri()
    if uri is None:
        raise SpecError([Problem("", "there is no tracking server: set MLFLOW_TRACKING_URI")])
    with closing(Ledger(ledger_url())) as ledger:
        recorded_id = find_sweep(ledger, sweep_id).id
    try:
        run_id, models = log_again(uri, recorded_id, SweepFolder(home(), recorded_id).path)
    except TrackingError as error:
        raise SpecError([Problem("", str(error))]) from error
    return {"sweep_id": recorded_id, "run_id": run_id, "models": models}


def show_logged(console: Console, logged: dict[str, Any]) -> None:
    """Print the MLflow run, and the models."""
    suffix = f"; champion of {', '.join(logged['models'])}" if logged["models"] else ""
    console.print(text(f"MLflow run {logged['run_id']}{suffix}"), soft_wrap=True)
