from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _home(
    mlflow_folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A home with MLflow's empty store, away from the test's own folder."""
    home = tmp_path_factory.mktemp("home")
    (home / "mlflow").symlink_to(mlflow_folder)
    monkeypatch.setenv("SWEEPFLOW_HOME", str(home))
