"""The database that a URL names: a SQLite file, or PostgreSQL by psycopg 3."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sweepflow.errors import LedgerError
from sweepflow.ledger.column_types import from_json, to_json

_CONNECT_SECONDS = 10


class Database:
    """A database by its URL; making one opens no connection."""

    def __init__(self, url: str) -> None:
        self._url = _parse_url(url)
        self.name = _display_name(self._url)
        """Its name in messages: the file, or the URL without password and options."""

    @property
    def file(self) -> Path | None:
        """The SQLite file; None for a database on a server."""
        is_file = self._url.get_backend_name() == "sqlite" and self._url.database
        return Path(str(self._url.database)) if is_file else None

    def engine(self, patience_seconds: float = 30, *, is_autocommit: bool = False) -> sa.Engine:
        """An engine that connects to it; creates a missing SQLite file, which only its owner can read.

        `patience_seconds` is how long to wait while another process writes to the file. With `is_autocommit`,
        each statement is a transaction of its own.
        """
        options = {**_JSON, **({"isolation_level": "AUTOCOMMIT"} if is_autocommit else {})}
        if self.file:
            return self._sqlite(self.file, round(1000 * patience_seconds), options)
        try:
            # A connection may have been cut while a long trial ran, so each is checked before use.
            return sa.create_engine(self._url, pool_pre_ping=True, connect_args=self._options(), **options)
        except ImportError as error:
            message = "a ledger in PostgreSQL needs psycopg: pip install 'sweepflow[postgres]'"
            raise LedgerError(message) from error

    @contextmanager
    def readable_errors(self) -> Iterator[None]:
        """Turn an error of the database into a LedgerError of one sentence.

        An IntegrityError passes unchanged: it is a bug of ours.
        """
        try:
            yield
        except sa.exc.IntegrityError:
            raise
        except sa.exc.DBAPIError as error:
            reason = (str(error.orig).strip() or type(error.orig).__name__).splitlines()[0]
            raise LedgerError(f"the ledger in {self.name} cannot be used: {reason}") from error

    def _sqlite(self, path: Path, patience: int, options: Mapping[str, Any]) -> sa.Engine:
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
        except OSError as error:
            raise LedgerError(f"the ledger in {path} cannot be made: {error.strerror}") from error
        engine = sa.create_engine(self._url, **options)
        sa.event.listen(engine, "connect", lambda connection, _: _set_up_sqlite(connection, patience))
        return engine

    def _options(self) -> dict[str, Any]:
        return {} if "connect_timeout" in self._url.query else {"connect_timeout": _CONNECT_SECONDS}


_JSON: Any = {"json_serializer": to_json, "json_deserializer": from_json}


def _parse_url(url: str) -> sa.URL:
    # No message repeats the URL: any part of a mistyped one may hold a password.
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        raise _url_error("cannot be read") from None
    if parsed.drivername in ("sqlite", "sqlite+pysqlite"):
        return _parse_file_url(parsed)
    if parsed.drivername not in ("postgresql", "postgresql+psycopg"):
        raise _url_error(f"begins with '{parsed.drivername}:'")
    if "@" in f"{parsed.host}{parsed.database}":
        raise _url_error("has an @ in its password, which must be written %40")
    return parsed.set(drivername="postgresql+psycopg")


def _parse_file_url(url: sa.URL) -> sa.URL:
    if url.database in (None, "", ":memory:") or url.host or url.query:
        raise _url_error("names no file")
    return url.set(database=str(Path(str(url.database)).expanduser().absolute()))


def _url_error(fault: str) -> LedgerError:
    examples = "sqlite:////folder/ledger.db or postgresql://user:password@host/database"
    return LedgerError(f"the URL of the ledger ($SWEEPFLOW_LEDGER) {fault}; it must be like {examples}")


def _display_name(url: sa.URL) -> str:
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    # Options may hold a password too; only a socket's folder and a port say where the server is.
    query = {key: value for key, value in url.query.items() if key in ("host", "port")}
    return url.set(drivername="postgresql", query=query).render_as_string(hide_password=True)


def _set_up_sqlite(connection: Any, patience: int) -> None:
    # WAL lets others read while a sweep writes. NORMAL may lose the last commits when the machine
    # loses power, never when a process dies.
    busy_timeout = f"busy_timeout = {patience}"
    for pragma in (busy_timeout, "journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
