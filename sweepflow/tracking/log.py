"""What goes to MLflow, where a tracking URI is set: sweeps as they end, champions as they change."""

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
    """Log a sweep that has ended in whatever way; gives the warning, with how to do it later, if that fails.

    A sweep that has its result does not fail for want of a tracking server.
    """
    uri, sweep_id = mlflow_uri(), record.sweep_id
    if uri is None or record.ledger.sweep(sweep_id) is None:
        return None
    note = record.folder.path / _UNLOGGED
    note.unlink(missing_ok=True)

    def log() -> None:
        with tracking(uri) as client:
            log_sweep(client, record.ledger, sweep_id, record.folder.path)

    told = _failure(log, f"the sweep was not logged to MLflow: {{}}; later: {later(sweep_id)}")
    if told is not None:
        with replacing(note) as partial:
            partial.write_text(told, encoding="utf-8")
    return told


def log_champion(name: str) -> str | None:
    """Let MLflow's champion follow the registry's; gives the warning where that fails."""
    uri, registry = mlflow_uri(), Registry(home())
    champion = registry.champion(name)
    if uri is None or champion is None:
        return None

    def log() -> None:
        with closing(Ledger(ledger_url())) as ledger, tracking(uri) as client:
            mirror_champion(client, ledger, registry, name, home())

    told = f"MLflow's alias of '{name}' was not set: {{}}; later: {later(champion.sweep_id)}"
    return _failure(log, told)


def unlogged(sweep_id: str) -> str | None:
    """Why a sweep is not in MLflow, for people; None if it is, or was not to be."""
    path = SweepFolder(home(), sweep_id).path / _UNLOGGED
    return path.read_text(encoding="utf-8") if path.is_file() else None


def log_again(uri: str, sweep_id: str, folder: Path) -> tuple[str, list[str]]:
    """Log a sweep, and the models whose champion it has brought; gives its run and their names."""
    registry = Registry(home())
    with closing(Ledger(ledger_url())) as ledger, tracking(uri) as client:
        run_id = log_sweep(client, ledger, sweep_id, folder)
        champions = [(name, registry.champion(name)) for name in registry.names()]
        mine = [name for name, version in champions if version and version.sweep_id == sweep_id]
        for name in mine:
            mirror_champion(client, ledger, registry, name, home())
    (folder / _UNLOGGED).unlink(missing_ok=True)
    return run_id, mine


def later(sweep_id: str) -> str:
    """The command that logs it when MLflow can be reached again."""
    return f"sweepflow to-mlflow {sweep_id}"


def _failure(log: Callable[[], None], message: str) -> str | None:
    """Do it; gives the warning if it has failed."""
    try:
        log()
    except TrackingError as error:
        return printable(message.format(error))
    return None
