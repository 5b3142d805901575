import re
import subprocess
import sys

import pytest

from sweepflow.base.settings import ledger_url, sqlite_url
from sweepflow.errors import LedgerError
from sweepflow.ledger.database import Database
from sweepflow.ledger.ledger import Ledger

SECRET = "hunter2"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:////var/lib/ledger.db", "/var/lib/ledger.db"),
        ("sqlite+pysqlite:////var/lib/what%3F.db", "/var/lib/what?.db"),
        ("postgresql://host/tuning", "postgresql://host/tuning"),
        (f"postgresql+psycopg://me:{SECRET}@host:5433/tuning", "postgresql://me:***@host:5433/tuning"),
        (f"postgresql://me@host/tuning?password={SECRET}&sslmode=require", "postgresql://me@host/tuning"),
        (f"postgresql://me:{SECRET}@/t?host=/run&port=1", "postgresql://me:***@/t?host=%2Frun&port=1"),
    ],
)
def test_a_database_is_called_by_its_file_or_its_url_without_the_password(url, name):
    assert Database(url).name == name


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (SECRET, "cannot be read"),
        (f"postgresql://me:{SECRET}@host:port/tuning", "cannot be read"),
        (f"mysql://me:{SECRET}@host/tuning", "begins with 'mysql:'"),
        (f"postgresql+psycopg2://me:{SECRET}@host/tuning", "begins with 'postgresql+psycopg2:'"),
        (f"postgresql://me:a@{SECRET}@host/tuning", "has an @ in its password, which must be written %40"),
        (f"postgresql://me:a@b/{SECRET}@host/tuning", "has an @ in its password"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:////var/lib/ledger.db?mode=ro", "names no file"),
        ("sqlite://host/ledger.db", "names no file"),
    ],
)
def test_a_wrong_url_is_refused_without_repeating_it(url, said):
    with pytest.raises(LedgerError, match=re.escape(said)) as caught:
        Ledger(url)
    assert "$SWEEPFLOW_LEDGER" in str(caught.value)
    assert SECRET not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_an_unreachable_server_is_one_sentence_without_the_password():
    with pytest.raises(LedgerError) as caught:
        Ledger(f"postgresql://me:{SECRET}@127.0.0.1:1/tuning?password={SECRET}")
    told = str(caught.value)
    assert told.startswith("the ledger in postgresql://me:***@127.0.0.1:1/tuning cannot be used: connection ")
    assert "Connection refused" in told
    assert "\n" not in told
    assert SECRET not in told + repr(caught.value.__cause__)


def test_a_wrong_password_is_one_sentence_without_it(postgres_server):
    url = postgres_server.new_url().replace("open", SECRET)
    with pytest.raises(LedgerError, match="password authentication failed") as caught:
        Ledger(url)
    assert SECRET not in str(caught.value) + repr(caught.value.__cause__)


def test_the_password_is_not_in_what_a_ledger_and_its_parts_look_like(postgres_server):
    url = postgres_server.new_url().replace("open", SECRET)
    database = Database(url)
    engine = database.engine()
    assert SECRET not in f"{database} {database!r} {vars(database)} {engine!r} {engine.url}"


def test_a_connection_that_was_cut_while_nobody_used_it_is_replaced(postgres_server):
    url = postgres_server.new_url()
    ledger = Ledger(url)
    ledger.start_sweep("s", {}, None)
    postgres_server.cut_connections()
    assert ledger.sweep("s") is not None
    ledger.close()


def test_what_a_database_refuses_is_one_sentence(tmp_path):
    path = tmp_path / "ledger.db"
    path.write_text("this is no database, but longer than a hundred bytes " * 3)
    with pytest.raises(LedgerError, match=f"the ledger in {path} cannot be used: file is not a database"):
        Ledger(sqlite_url(path))


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "home").touch()
    with pytest.raises(LedgerError, match="cannot be made: "):
        Ledger(sqlite_url(tmp_path / "home" / "ledger.db"))


WITHOUT_DRIVER = """
import sys
sys.modules["psycopg"] = None  # as if it were not installed
from sweepflow.ledger.ledger import Ledger
Ledger("postgresql://host/tuning")
"""


def test_a_missing_driver_is_named_with_how_to_get_it():
    done = subprocess.run([sys.executable, "-c", WITHOUT_DRIVER], capture_output=True, text=True, check=False)
    told = "LedgerError: a ledger in PostgreSQL needs psycopg: pip install 'sweepflow[postgres]'"
    assert done.stderr.strip().endswith(told)


def test_the_ledger_is_where_the_environment_says_or_else_a_file_in_home(monkeypatch, tmp_path):
    monkeypatch.setenv("SWEEPFLOW_HOME", str(tmp_path / "100% mine?"))
    monkeypatch.setenv("SWEEPFLOW_LEDGER", "")
    assert Database(ledger_url()).name == str(tmp_path / "100% mine?" / "ledger.db")
    monkeypatch.setenv("SWEEPFLOW_LEDGER", "postgresql://host/tuning")
    assert ledger_url() == "postgresql://host/tuning"
