"""A PostgreSQL server for the tests, in a temporary folder that is deleted at their end."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import sqlalchemy as sa

_USER = "tester"
PASSWORD = "open sesame/%:?@"
MISSING = (
    "PostgreSQL's programs (initdb, pg_ctl) are not installed, so nothing is tested on it: "
    "apt-get install postgresql, or put the folder of its programs on PATH"
)
# A time zone that is not UTC, and nothing that only matters when the machine loses power.
_OPTIONS = "-c timezone=Asia/Kathmandu -c fsync=off -c full_page_writes=off -c listen_addresses=''"


class Server:
    """A running server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()

    def new_url(self) -> str:
        """The URL of a ledger that does not exist yet: a new schema, which is far cheaper than a database."""
        schema = f"ledger_{next(self._numbers)}"
        self._run(f"CREATE SCHEMA {schema}")
        query = {"host": str(self._folder), "options": f"-c search_path={schema}"}
        url = sa.URL.create("postgresql", _USER, PASSWORD, database="postgres", query=query)
        return url.render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Delete the ledger."""
        schema = str(sa.make_url(url).query["options"]).partition("=")[2]
        self._run(f"DROP SCHEMA {schema} CASCADE")

    def cut_connections(self) -> None:
        """End all connections."""
        self._run(
            "SELECT pg_terminate_backend(pid, 9999) FROM pg_stat_activity WHERE pid != pg_backend_pid()"
        )

    def _run(self, statement: str) -> None:
        own = {"host": str(self._folder), "user": _USER, "password": PASSWORD, "dbname": "postgres"}
        with psycopg.connect(**own, autocommit=True) as connection:
            connection.execute(statement)


def programs() -> Path | None:
    """The folder of PostgreSQL's programs; None if they are not installed."""
    initdb = shutil.which("initdb")
    # Debian keeps the programs of each version in a separate folder, which is not on PATH.
    folders = [Path(initdb).parent] if initdb else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return folders[-1] if folders else None


@contextmanager
def server(bin_folder: Path) -> Iterator[Server]:
    """Start a server, and stop it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    user = _user()
    if user:
        shutil.chown(folder, user)

    def run(program: str, *arguments: str) -> None:
        command = [str(bin_folder / program), *arguments]
        log = folder.with_suffix(".log")
        with log.open("a") as out:  # not a pipe: the server would keep it open
            completed = subprocess.run(command, user=user, cwd=folder, stdout=out, stderr=out, check=False)
        assert completed.returncode == 0, log.read_text()

    try:
        password = folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        data = str(folder / "data")
        access = (f"--username={_USER}", "--auth=scram-sha-256", f"--pwfile={password}")
        run("initdb", f"--pgdata={data}", "--no-sync", "--encoding=UTF8", "--locale=C", *access)
        options = f"{_OPTIONS} -c unix_socket_directories='{folder}'"
        run("pg_ctl", "start", "--wait", f"--pgdata={data}", f"--options={options}")
        try:
            yield Server(folder)
        finally:
            run("pg_ctl", "stop", "--mode=immediate", f"--pgdata={data}")
    finally:
        shutil.rmtree(folder)
        folder.with_suffix(".log").unlink(missing_ok=True)


def _user() -> str | None:
    """The user to run the server as, since it refuses root; None if we are not root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)
