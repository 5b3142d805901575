import os
import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

import postgres
import sweepflow.flows  # noqa: F401  sets the server up; before Prefect
from prefect_server import copy_template, shared_server, talking_to
from serving import Serving, serving
from sweepflow.base.settings import sqlite_url

TESTS = Path(__file__).parent


def pytest_configure() -> None:
    """Have interrupts raise: a shell that runs the tests in the background has them ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that run sweeps come first: one that takes minutes must not begin when the others end."""
    quick = [TESTS / "security", TESTS / "sweepflow"]
    slow = [TESTS / "sweepflow/workers", TESTS / "sweepflow/running"]

    def is_quick(item: pytest.Item) -> bool:
        return any(map(item.path.is_relative_to, quick)) and not any(map(item.path.is_relative_to, slow))

    items.sort(key=is_quick)


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
def server_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the processes of this test run share their Prefect server."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if hasattr(request.config, "workerinput") else base) / "prefect-server"


@pytest.fixture(scope="session")
def shared_address(server_folder: Path) -> Iterator[str]:
    """One Prefect server for all tests of all processes; its API's address."""
    with shared_server(server_folder) as address:
        yield address


@pytest.fixture(scope="session")
def server(shared_address: str) -> Iterator[str]:
    """The same, used by the flows of this process too."""
    with talking_to(shared_address):
        yield shared_address


@pytest.fixture(scope="session")
def migrated_prefect(shared_address: str, server_folder: Path) -> Callable[[Path], None]:
    """Makes a PREFECT_HOME whose database is migrated: the first start of a server takes seconds for that."""
    return partial(copy_template, server_folder)


@pytest.fixture(scope="session")
def served(
    tmp_path_factory: pytest.TempPathFactory, migrated_prefect: Callable[[Path], None]
) -> Iterator[Serving]:
    """The example, served with a Prefect server of its own, for all tests."""
    folder = tmp_path_factory.mktemp("served")
    migrated_prefect(folder / "prefect")
    with serving(folder) as server:
        yield server


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty SWEEPFLOW_HOME."""
    monkeypatch.setenv("SWEEPFLOW_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="session")
def mlflow_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the processes of this test run share the empty MLflow store that each trial gets a copy of."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if hasattr(request.config, "workerinput") else base) / "mlflow"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def home_of_commands(home: Path, mlflow_folder: Path) -> Path:
    """A SWEEPFLOW_HOME whose commands do not wait for MLflow to make its first store."""
    home.mkdir()
    (home / "mlflow").symlink_to(mlflow_folder)
    return home


@pytest.fixture
def environment(server: str, home: Path, tmp_path: Path) -> dict[str, str]:
    """For commands run as processes of their own: our server and home, and the trainers."""
    root = TESTS.parent
    python_path = os.pathsep.join([str(root), str(root / "tests/support")])
    own = {"PREFECT_API_URL": server, "SWEEPFLOW_HOME": str(home), "PYTHONPATH": python_path}
    return {**os.environ, **own, "PREFECT_HOME": str(tmp_path / "prefect"), "COLUMNS": "120"}


@pytest.fixture
def own_server(environment: dict[str, str], migrated_prefect: Callable[[Path], None]) -> dict[str, str]:
    """The same for commands that use the embedded server, over a database that is migrated."""
    migrated_prefect(Path(environment["PREFECT_HOME"]))
    return {name: value for name, value in environment.items() if name != "PREFECT_API_URL"}
