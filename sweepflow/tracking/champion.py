"""Copies the champion of a model to MLflow: a version there, with the alias `champion`."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sweepflow.archive.folder import SweepFolder
from sweepflow.ledger.ledger import Ledger
from sweepflow.models.registry import ModelVersion, Registry
from sweepflow.tracking.model import write_model
from sweepflow.tracking.names import SWEEP, VERSION
from sweepflow.tracking.runs import log_sweep, logged_run
from sweepflow.tracking.store import TrackingError

if TYPE_CHECKING:
    from mlflow import MlflowClient

ALIAS = "champion"


def mirror_champion(
    client: "MlflowClient", ledger: Ledger, registry: Registry, model: str, home: Path
) -> int | None:
    """Set MLflow's alias to the champion, promoted or rolled back; gives MLflow's version.

    A version that MLflow does not have yet is uploaded to its sweep's run. None if there is no champion.
    """
    champion = registry.champion(model)
    if champion is None:
        return None
    version = _find_version(client, champion) or _upload(client, ledger, champion, home)
    client.set_registered_model_alias(model, ALIAS, version)
    return int(version)


def _find_version(client: "MlflowClient", champion: ModelVersion) -> str | None:
    versions = client.search_model_versions(f"name = '{champion.name}'")
    tags = {VERSION: str(champion.version), SWEEP: champion.sweep_id}
    return next((str(item.version) for item in versions if tags.items() <= item.tags.items()), None)


def _upload(client: "MlflowClient", ledger: Ledger, champion: ModelVersion, home: Path) -> str:
    run_id = _run_of(client, ledger, champion, home)
    place = f"champions/{champion.name}/{champion.version}"
    with TemporaryDirectory() as temporary:
        model = write_model(Path(champion.model_path), Path(temporary, "model"))
        client.log_artifacts(run_id, str(model), place)
    if not client.search_registered_models(f"name = '{champion.name}'"):
        client.create_registered_model(champion.name)
    tags = {VERSION: str(champion.version), SWEEP: champion.sweep_id}
    source = f"{client.get_run(run_id).info.artifact_uri}/{place}"
    return str(client.create_model_version(champion.name, source, run_id, tags).version)


def _run_of(client: "MlflowClient", ledger: Ledger, champion: ModelVersion, home: Path) -> str:
    run = logged_run(client, ledger, champion.sweep_id)
    if run is not None:
        return str(run.info.run_id)
    if ledger.sweep(champion.sweep_id) is None:
        raise TrackingError(f"there is no sweep '{champion.sweep_id}' in {ledger.name} to log the model with")
    folder = SweepFolder(home, champion.sweep_id).path
    return log_sweep(client, ledger, champion.sweep_id, folder)
