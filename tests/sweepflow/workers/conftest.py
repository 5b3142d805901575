import pytest

from pools import TESTS, Runner, new_pool


@pytest.fixture(scope="module", autouse=True)
def importable():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(TESTS)
        patch.delenv("PYTHONUNBUFFERED", raising=False)  # it would hide output that is never flushed
        yield


@pytest.fixture(scope="module")
def shared_pool(tmp_path_factory):
    with new_pool(tmp_path_factory.mktemp("shared")) as pool:
        yield pool


@pytest.fixture
def runner(shared_pool, tmp_path):
    """Runs trials in a pool with one slot, which all tests share."""
    return Runner(shared_pool, tmp_path)
