import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import ROOT, kept_process


@pytest.fixture(autouse=True)
def _kept_process() -> Iterator[None]:
    """What a command leaves in this process is gone after each test."""
    with kept_process():
        yield


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
