import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from sweepflow.base.settings import sqlite_url
from sweepflow.errors import LedgerError
from sweepflow.ledger.database import Database
from sweepflow.ledger.ledger import Ledger
from sweepflow.ledger.migrations import VERSION, VERSION_TABLE, migrate, upgrade
from sweepflow.ledger.schema import metadata
from sweepflow.trials.state import SweepState, TrialEnd, TrialState

NEW_COLUMNS = ("resumed", "seconds", "selected", "code_root")
UNVERSIONED = Path(__file__).with_name("ledger_0001.sql")


@pytest.fixture
def engine(url):
    engine = Database(url).engine()
    yield engine
    engine.dispose()


def differences(engine):
    options = {"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True}
    with engine.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)


def version(engine):
    with engine.connect() as connection:
        return connection.scalar(sa.text(f"SELECT version_num FROM {VERSION_TABLE}"))


def set_version(engine, value):
    with engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE {VERSION_TABLE} SET version_num = '{value}'"))


@pytest.fixture
def previous(url, engine):
    """A ledger of revision 0001, with a sweep in it whose second trial runs; its URL."""
    with engine.begin() as connection:
        upgrade(connection, "0001")
        lines = UNVERSIONED.read_text().splitlines()
        for table in ("sweeps", "trials", "metrics"):
            for line in lines:
                if line.startswith(f'INSERT INTO "{table}"'):
                    connection.exec_driver_sql(line)
    return url


@pytest.fixture
def unversioned(tmp_path):
    """A ledger from before the schema had versions; its URL."""
    path = tmp_path / "ledger.db"
    connection = sqlite3.connect(path)
    connection.executescript(UNVERSIONED.read_text())
    connection.close()
    return sqlite_url(path)


def assert_is_the_old_sweep(ledger):
    sweep = ledger.sweep("old")
    assert (sweep.state, sweep.data_fingerprint) == ("running", "abc")
    assert sweep.spec == {"limits": {"max_total_trials": 2}}
    assert [getattr(sweep, name) for name in NEW_COLUMNS] == [None, 0.0, None, None]
    trials = [(row.number, row.state, row.parameters, row.seconds) for row in ledger.trials("old")]
    assert trials == [
        (0, "completed", {"lr": 0.1, "kind": "tree"}, 1.5),
        (1, "running", {"lr": 0.2, "kind": None}, None),
    ]
    assert [(row.name, row.value) for row in ledger.metrics("old")] == [("auc", 0.5), ("loss", None)]
    assert ledger.metrics("old")[0].time.tzinfo is UTC


def test_an_empty_database_gets_the_tables_that_the_code_describes(engine):
    migrate(engine)
    assert differences(engine) == []
    assert version(engine) == VERSION


def test_a_column_that_is_missing_would_be_seen(engine):
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE sweeps DROP COLUMN resumed"))
    assert [difference[0] for difference in differences(engine)] == ["add_column"]


def test_the_code_knows_the_newest_revision():
    config = Config()
    config.set_main_option("script_location", "sweepflow.ledger:migrations")
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [VERSION]


def test_a_ledger_of_the_previous_version_keeps_its_rows(previous, engine):
    ledger = Ledger(previous)
    assert_is_the_old_sweep(ledger)
    ledger.close()
    assert differences(engine) == []
    assert version(engine) == VERSION


def test_a_ledger_from_before_there_were_versions_is_recognised_and_keeps_its_rows(unversioned):
    ledger = Ledger(unversioned)
    assert_is_the_old_sweep(ledger)
    ledger.end_trial("old", 1, TrialEnd(TrialState.COMPLETED, None, 1.0))
    ledger.end_sweep("old", SweepState.COMPLETED)
    ledger.close()
    engine = Database(unversioned).engine()
    assert differences(engine) == []
    assert version(engine) == VERSION
    engine.dispose()


def test_a_ledger_whose_making_was_cut_short_is_completed(unversioned):
    # Before there were versions, each table was committed on its own.
    engine = Database(unversioned).engine()
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE metrics"))
    migrate(engine)
    assert differences(engine) == []
    engine.dispose()


def test_rows_may_follow_those_of_the_previous_version(url):
    ledger = Ledger(url)
    ledger.start_sweep("s", {}, None)
    sweep = ledger.sweep("s")
    assert [getattr(sweep, name) for name in NEW_COLUMNS] == [None, 0.0, None, None]
    assert sweep.started <= datetime.now(UTC)
    ledger.close()


@pytest.mark.parametrize("newer", ["0003", "0010", "1000"])
def test_a_ledger_of_a_newer_version_is_refused(url, engine, newer):
    migrate(engine)
    set_version(engine, newer)
    told = f"a newer version of Sweepflow has made the ledger .its schema is {newer}, and this version knows"
    with pytest.raises(LedgerError, match=told):
        Ledger(url)
    assert version(engine) == newer


def test_tables_of_the_same_name_that_are_not_ours_are_left_alone(url, engine):
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE metrics (key TEXT, value FLOAT, step INTEGER)"))
    with pytest.raises(LedgerError, match="has a table 'metrics' that is not Sweepflow's"):
        Ledger(url)
    assert sa.inspect(engine).get_table_names() == ["metrics"]


def test_other_peoples_alembic_tables_do_not_matter(url, engine):
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE alembic_version (version_num TEXT)"))
        connection.execute(sa.text("INSERT INTO alembic_version VALUES ('9999')"))
    Ledger(url).close()
    assert version(engine) == VERSION


def test_a_migration_that_breaks_off_leaves_nothing_behind(previous, engine):
    # The third column cannot be added: it is there already.
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE sweeps ADD COLUMN selected TEXT"))
    with pytest.raises(LedgerError, match="selected"):
        Ledger(previous)
    assert version(engine) == "0001"
    assert "resumed" not in {column["name"] for column in sa.inspect(engine).get_columns("sweeps")}


OPEN = """
import sys
from sweepflow.ledger.ledger import Ledger
Ledger(sys.argv[1]).close()
print([name for name in sys.modules if name.split(".")[0] == "alembic"])
"""


def test_opening_a_current_ledger_does_not_even_import_alembic(url):
    Ledger(url).close()
    done = subprocess.run([sys.executable, "-c", OPEN, url], capture_output=True, text=True, check=False)
    assert done.stdout == "[]\n", done.stderr
