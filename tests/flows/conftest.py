from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import restored_process


@pytest.fixture(autouse=True)
def _restored_process() -> Iterator[None]:
    """What a command leaves in this process is gone after each test."""
    with restored_process():
        yield


@pytest.fixture
def kernel_environment(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """For a kernel: our server and home, and nothing of the user's own."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "jupyter"))
    return {**environment, "IPYTHONDIR": str(tmp_path / "ipython")}
