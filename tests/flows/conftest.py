from collections.abc import Iterator

import pytest

from commands import restored_process


@pytest.fixture(autouse=True)
def _restored_process() -> Iterator[None]:
    """What a command leaves in this process is gone after each test."""
    with restored_process():
        yield
