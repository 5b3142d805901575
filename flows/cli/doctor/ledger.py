"""Whether the ledger can be read and written, and has the schema of this version."""

import shlex
import sys
from pathlib import Path

import sqlalchemy as sa

from sweepflow.errors import LedgerError
from sweepflow.flows.cli.doctor.finding import Finding
from sweepflow.flows.cli.doctor.processes import writers_of
from sweepflow.ledger.database import Database
from sweepflow.ledger.migrations import VERSION, version_of

_UPGRADE = "sweepflow list"
"""Any command that opens a ledger brings it up to date."""

_COPY = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('vacuum into ?', sys.argv[2:])"
"""Also copies what is still in the write-ahead log and not in the file."""


def check_ledger(url: str, patience_seconds: float = 3.0) -> list[Finding]:
    """Check the ledger, without creating or changing it."""
    try:
        database = Database(url)
    except LedgerError as error:
        return [Finding("ledger", str(error), ("unset SWEEPFLOW_LEDGER",))]
    if database.file and not database.file.exists():
        return [Finding("ledger", f"there is none yet: the first sweep makes it in {database.name}")]
    try:
        return [_check_version(database, _writable_revision(database, patience_seconds))]
    except LedgerError as error:
        return [_unusable(database, str(error))]


def _writable_revision(database: Database, patience_seconds: float) -> str | None:
    """The schema's revision, None if the ledger is empty; LedgerError if it cannot be written to."""
    engine = database.engine(patience_seconds)
    try:
        with database.readable_errors(), engine.connect() as connection:
            revision = version_of(connection)
            connection.rollback()
            if database.file:
                writer = connection.execution_options(isolation_level="AUTOCOMMIT")
                writer.execute(sa.text("BEGIN IMMEDIATE"))
                writer.execute(sa.text("ROLLBACK"))
            return revision
    finally:
        engine.dispose()


def _check_version(database: Database, revision: str | None) -> Finding:
    name = database.name
    if revision == VERSION or revision is None:
        return Finding("ledger", f"{name} can be written to" + ("" if revision else "; it is empty"))
    if revision > VERSION:
        message = (
            f"{name} is of a newer version of Sweepflow (its schema is {revision}, this one knows {VERSION})"
        )
        return Finding("ledger", message, ("pip install --upgrade sweepflow",))
    message = (
        f"{name} is of an older version (its schema is {revision}, not {VERSION}): "
        "keep a copy, then upgrade it"
    )
    return Finding("ledger", message, (*_copy_commands(database.file), _UPGRADE))


def _copy_commands(file: Path | None) -> list[str]:
    return [shlex.join([sys.executable, "-c", _COPY, str(file), f"{file}.old"])] if file else []


def _unusable(database: Database, message: str) -> Finding:
    if database.file is None:
        host = "the server runs, and the URL is right"
        return Finding("ledger", f"{message}; see that {host}", ("unset SWEEPFLOW_LEDGER  # use a file",))
    if "locked" not in message:
        quoted = shlex.quote(str(database.file))
        return Finding("ledger", message, (f"mv {quoted} {shlex.quote(f'{database.file}.damaged')}",))
    if writers := " ".join(map(str, writers_of(database.file))):
        return Finding(
            "ledger", f"{message}, by process {writers}: wait for it, or end it", (f"kill {writers}",)
        )
    return Finding("ledger", f"{message}: wait for the process that writes to it, or end it", ("ps -ef",))
