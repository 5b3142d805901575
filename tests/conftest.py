import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import flows  # noqa: F401  sets the server up; before Prefect
import postgres
from serving import Serving, serving
from sweepflow.settings import sqlite_url


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """One PostgreSQL server for all tests."""
    programs = postgres.programs()
    if programs is None:
        # Continuous integration must not pass without having tested it.
        (pytest.fail if os.environ.get("REQUIRE_POSTGRES") else pytest.skip)(postgres.MISSING)
    with postgres.server(programs) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a ledger that is not there yet, on each database."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "home" / "ledger.db")
    server: postgres.Server = request.getfixturevalue("postgres_server")
    return server.new_url()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """One Prefect server for all tests; its API's address."""
    from prefect.settings import PREFECT_API_URL  # the core's tests need no Prefect
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        yield str(PREFECT_API_URL.value())


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """The example, served with a Prefect server of its own, for all tests."""
    with serving(tmp_path_factory.mktemp("served")) as found:
        yield found
