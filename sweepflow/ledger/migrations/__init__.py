"""The versions of the ledger's schema: a revision is a file in `versions`, never changed once released."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from sweepflow.errors import LedgerError
from sweepflow.ledger.schema import metadata

VERSION = "0002"
"""The newest revision, which the tables in sweepflow/ledger/schema.py describe."""

VERSION_TABLE = "sweepflow_version"
"""Not Alembic's usual name: a PostgreSQL database may hold other people's tables as well."""

_LOCK_KEY = 0x53776565706C6F77  # any number, as long as it is always the same
_ONE_AT_A_TIME = threading.Lock()
"""Alembic keeps the running migration in globals of its module."""


def migrate(engine: sa.Engine) -> None:
    """Bring a ledger to the newest revision, from nothing or from an older one.

    Any number of processes may call it at once. LedgerError if a newer Sweepflow has made the ledger, or if
    the database has tables of those names that are not Sweepflow's.
    """
    with engine.connect() as connection:
        if _is_current(connection):
            return
    with _ONE_AT_A_TIME, _alone(engine) as connection:
        if not _is_current(connection):
            _refuse_foreign_tables(connection)
            upgrade(connection, VERSION)


def upgrade(connection: sa.Connection, version: str) -> None:
    """Run the revisions up to that one, in the connection's transaction."""
    # Imported here: Alembic takes longer to import than a current ledger takes to open.
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "sweepflow.ledger:migrations")
    config.set_main_option("path_separator", "os")
    command.upgrade(config, version)


def version_of(connection: sa.Connection) -> str | None:
    """The revision of the ledger in this database; None if there is none."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    version = connection.scalar(sa.select(sa.column("version_num")).select_from(sa.table(VERSION_TABLE)))
    return None if version is None else str(version)


def _is_current(connection: sa.Connection) -> bool:
    version = version_of(connection)
    if version is not None and version > VERSION:
        schemas = f"its schema is {version}, and this version knows {VERSION}"
        raise LedgerError(f"a newer version of Sweepflow has made the ledger ({schemas}): install that one")
    return version == VERSION


@contextmanager
def _alone(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that one process at a time can hold; it is committed at its end."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # Python's driver would begin a transaction only before the first row is written.
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_KEY)))
        yield connection
        connection.commit()


def _refuse_foreign_tables(connection: sa.Connection) -> None:
    inspector = sa.inspect(connection)
    for name in set(inspector.get_table_names()) & metadata.tables.keys():
        columns = {column["name"] for column in inspector.get_columns(name)}
        if not columns <= set(metadata.tables[name].columns.keys()):
            message = f"the database has a table '{name}' that is not Sweepflow's"
            raise LedgerError(f"{message}: give the ledger a database of its own")
