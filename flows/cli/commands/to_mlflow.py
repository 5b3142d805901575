"""`sweepflow to-mlflow`."""

from rich.console import Console

from sweepflow.flows.cli.screen.answer import DONE, IsJson, SweepId, answer
from sweepflow.flows.cli.screen.text import text


def to_mlflow(sweep_id: SweepId, /, *, is_json: IsJson = False) -> int:
    """Log a sweep to the MLflow server of $MLFLOW_TRACKING_URI, and the models that it has made champion.

    Sweeps are logged when they end; this is for older ones, and for those whose server was away. Nothing is
    logged twice.

    Example: sweepflow to-mlflow latest

    Parameters
    ----------
    is_json
        Print one JSON object to standard output.
    """
    logged_id, run_id, models = _log(sweep_id)
    if is_json:
        answer({"sweep_id": logged_id, "run_id": run_id, "models": models})
        return DONE
    suffix = f"; champion of {', '.join(models)}" if models else ""
    Console(highlight=False).print(text(f"MLflow run {run_id}{suffix}"), soft_wrap=True)
    return DONE


def _log(sweep_id: str) -> tuple[str, str, list[str]]:
    """Log the sweep; gives its full ID, its MLflow run, and the models that it has made champion."""
    from contextlib import closing

    from sweepflow.archive.folder import SweepFolder
    from sweepflow.base.settings import home, ledger_url, mlflow_uri
    from sweepflow.errors import Problem, SpecError
    from sweepflow.ledger.ledger import Ledger
    from sweepflow.ledger.lookup import find_sweep
    from sweepflow.tracking.log import log_again
    from sweepflow.tracking.store import TrackingError

    uri = mlflow_uri()
    if uri is None:
        raise SpecError([Problem("", "there is no tracking server: set MLFLOW_TRACKING_URI")])
    with closing(Ledger(ledger_url())) as ledger:
        sweep_id = find_sweep(ledger, sweep_id).id
    try:
        return sweep_id, *log_again(uri, sweep_id, SweepFolder(home(), sweep_id).path)
    except TrackingError as error:
        raise SpecError([Problem("", str(error))]) from error
