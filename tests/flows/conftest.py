import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty SWEEPFLOW_HOME."""
    monkeypatch.setenv("SWEEPFLOW_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def environment(server: str, home: Path, tmp_path: Path) -> dict[str, str]:
    """For commands run as processes of their own: our server and home, and the trainers."""
    python_path = os.pathsep.join([str(ROOT), str(ROOT / "tests/support")])
    own = {"PREFECT_API_URL": server, "SWEEPFLOW_HOME": str(home), "PYTHONPATH": python_path}
    return {**os.environ, **own, "PREFECT_HOME": str(tmp_path / "prefect"), "COLUMNS": "120"}
