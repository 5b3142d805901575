from collections.abc import Iterator

import pytest

from commands import kept_process


@pytest.fixture(autouse=True)
def _kept_process() -> Iterator[None]:
    """What a command leaves in this process is gone after each test."""
    with kept_process():
        yield
