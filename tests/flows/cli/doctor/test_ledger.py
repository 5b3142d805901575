"""The ledger's check, on ledgers that really are locked, damaged, old, new or out of reach."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sweepflow.base.settings import sqlite_url
from sweepflow.flows.cli.doctor.finding import Finding
from sweepflow.flows.cli.doctor.ledger import check_ledger
from sweepflow.ledger.database import Database
from sweepflow.ledger.ledger import Ledger


def check(url: str) -> Finding:
    (found,) = check_ledger(url, patience_seconds=0.1)
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A ledger of this version."""
    path = tmp_path / "ledger.db"
    Ledger(sqlite_url(path)).close()
    return path


def set_version(url: str, version: str) -> None:
    engine = Database(url).engine()
    with engine.begin() as connection:
        connection.execute(sa.text(f"update sweepflow_version set version_num = '{version}'"))
    engine.dispose()


LOCKER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def locker(file: Path) -> Iterator[Any]:
    """Another process that holds the ledger's lock."""
    command = [sys.executable, "-c", LOCKER, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        yield process
        process.kill()


def test_a_ledger_that_can_be_written_to_is_fine(url: str) -> None:
    Ledger(url).close()
    found = check(url)
    assert found.is_ok
    assert found.message == f"{Database(url).name} can be written to"


def test_a_ledger_that_is_not_there_is_fine_and_not_made(tmp_path: Path) -> None:
    found = check(sqlite_url(tmp_path / "home" / "ledger.db"))
    assert found.is_ok
    assert "there is none yet" in found.message
    assert list(tmp_path.iterdir()) == []


def test_a_locked_ledger_is_told_with_the_process_that_holds_it(file: Path, locker: Any) -> None:
    found = check(sqlite_url(file))
    locked = f"the ledger in {file} cannot be used: database is locked, by process {locker.pid}"
    assert found.message == f"{locked}: wait for it, or end it"
    assert found.fixes == (f"kill {locker.pid}",)
    locker.kill()
    locker.wait()
    assert check(sqlite_url(file)).is_ok


def test_a_ledger_that_others_read_is_not_locked(file: Path) -> None:
    reader = sqlite3.connect(file, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("select * from sweeps").fetchall()
    assert check(sqlite_url(file)).is_ok
    reader.close()


def test_a_ledger_of_another_version_is_told_and_left_as_it_is(url: str) -> None:
    Ledger(url).close()
    set_version(url, "0001")
    old = check(url)
    assert "is of an older version (its schema is 0001, not 0002)" in old.message
    assert old.fixes[-1] == "sweepflow list"
    assert check(url) == old
    set_version(url, "9999")
    new = check(url)
    assert "is of a newer version of Sweepflow (its schema is 9999, this one knows 0002)" in new.message
    assert new.fixes == ("pip install --upgrade sweepflow",)


def test_the_copy_of_an_old_ledger_that_is_advised_can_be_made(file: Path) -> None:
    set_version(sqlite_url(file), "0001")
    copy, _ = check(sqlite_url(file)).fixes
    subprocess.run(copy, shell=True, check=True)
    rows = sqlite3.connect(file.with_name("ledger.db.old")).execute(
        "select version_num from sweepflow_version"
    )
    assert rows.fetchall() == [("0001",)]


def test_a_file_that_is_no_ledger_is_told(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    file.write_text("this is no database, " * 100)
    found = check(sqlite_url(file))
    assert found.message == f"the ledger in {file} cannot be used: file is not a database"
    assert found.fixes == (f"mv {file} {file}.damaged",)


def test_a_server_that_cannot_be_reached_is_told_without_its_password() -> None:
    found = check("postgresql://me:hunter2@127.0.0.1:9/sweeps")
    assert "postgresql://me:***@127.0.0.1:9/sweeps cannot be used" in found.message
    assert "hunter2" not in str(found)
    assert not found.is_ok


def test_a_url_that_makes_no_sense_is_told() -> None:
    found = check("mysql://host/sweeps")
    assert "begins with 'mysql:'" in found.message
    assert found.fixes == ("unset SWEEPFLOW_LEDGER",)
