"""Logs sweeps to MLflow when they end, and champions when they change, if a tracking URI is set."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sweepflow.archive.folder import SweepFolder
from sweepflow.base.files import replacing
from sweepflow.base.printable import printable
from sweepflow.base.settings import home, ledger_url, mlflow_uri
from sweepflow.ledger.ledger import Ledger
from sweepflow.models.registry import Registry
from sweepflow.running.record import SweepRecord
from sweepflow.tracking.champion import mirror_champion
from sweepflow.tracking.runs import log_sweep
from sweepflow.tracking.store import TrackingError, tracking

_UNLOGGED = "mlflow-error.txt"


def log_ended_sweep(record: SweepRecord) -> str | None:
    """Log a sweep that has ended in any state; if that fails, gives a warning with the command to retry.

    A sweep that has its result must not fail because the tracking server does not answer.
    """
    uri, sweep_id = mlflow_uri(), record.sweep_id
    if uri is None or record.ledger.sweep(sweep_id) is None:
        return None
    note = record.folder.path / _UNLOGGED
    note.unlink(missing_ok=True)

    def log() -> None:
        with tracking(uri) as client:
            log_sweep(client, record.ledger, sweep_id, record.folder.path)

    warning = _failure(log, f"the sweep was not logged to MLflow: {{}}; later: {retry_command(sweep_id)}")
    if warning is not None:
        with replacing(note) as partial:
            partial.write_text(warning, encoding="utf-8")
    return warning


def log_champion(name: str) -> str | None:
    """Set MLflow's champion to the registry's; gives a warning if that fails."""
    uri, registry = mlflow_uri(), Registry(home())
    champion = registry.champion(name)
    if uri is None or champion is None:
        return None

    def log() -> None:
        with closing(Ledger(ledger_url())) as ledger, tracking(uri) as client:
            mirror_champion(client, ledger, registry, name, home())

    warning = f"MLflow's alias of '{name}' was not set: {{}}; later: {retry_command(champion.sweep_id)}"
    return _failure(log, warning)


def why_not_logged(sweep_id: str) -> str | None:
    """The warning why a sweep is not in MLflow; None if it is, or was not meant to be."""
    path = SweepFolder(home(), sweep_id).path / _UNLOGGED
    return path.read_text(encoding="utf-8") if path.is_file() else None


def log_again(uri: str, sweep_id: str, folder: Path) -> tuple[str, list[str]]:
    """Log a sweep, and the models whose champion it has trained; gives the run's ID and the models' names."""
    registry = Registry(home())
    with closing(Ledger(ledger_url())) as ledger, tracking(uri) as client:
        run_id = log_sweep(client, ledger, sweep_id, folder)
        champions = [(name, registry.champion(name)) for name in registry.names()]
        models = [name for name, version in champions if version and version.sweep_id == sweep_id]
        for name in models:
            mirror_champion(client, ledger, registry, name, home())
    (folder / _UNLOGGED).unlink(missing_ok=True)
    return run_id, models


def retry_command(sweep_id: str) -> str:
    """The command that logs the sweep once MLflow can be reached again."""
    return f"sweepflow to-mlflow {sweep_id}"


def _failure(log: Callable[[], None], message: str) -> str | None:
    """Call `log`; gives the message with the error in it if that fails."""
    try:
        log()
    except TrackingError as error:
        return printable(message.format(error))
    return None
