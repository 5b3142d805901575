"""The process of the embedded server: Prefect's server without its UI, at a socket that it is given.

It is started by its path, imports nothing of Sweepflow, and is no part of the process that runs the flow: to
import Prefect's server takes seconds and 90 MB.
"""

import asyncio
import ctypes
import gc
import json
import os
import signal
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from functools import wraps
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import uvicorn

_IF_NEEDED = "--if-needed"
"""End if Prefect's settings name another server, or forbid the embedded one."""
_STARTUP_FAILED = 3
_FLUSH_SECONDS = 0.3
"""How long ended task runs wait to be recorded: a flow ends when the last of them is."""
_MIGRATED = "sweepflow-migrated.json"
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux


def main(listener: int, ready: int, *options: str) -> int:
    """Serve at the socket `listener` until SIGUSR1, and write a byte to `ready` once it answers."""
    gc.disable()  # a fifth of the time: the imports make a million objects, and next to no garbage
    # Prefect reads its settings when it is imported; those of the working directory count.
    from prefect.settings import (
        PREFECT_API_DATABASE_CONNECTION_URL,
        PREFECT_API_DATABASE_MIGRATE_ON_START,
        PREFECT_HOME,
        get_current_settings,
        temporary_settings,
    )

    settings = get_current_settings()
    if _IF_NEEDED in options and (settings.api.url or not settings.server.ephemeral.enabled):
        return 0
    home = PREFECT_HOME.value()
    home.mkdir(parents=True, exist_ok=True)
    os.chdir(home)  # Alembic puts the working directory first on the path
    schema = _Schema(home, PREFECT_API_DATABASE_CONNECTION_URL.value())
    server = _Server(ready, schema)
    signal.signal(signal.SIGUSR1, server.end)
    migrates = PREFECT_API_DATABASE_MIGRATE_ON_START.value() and not schema.is_migrated()
    if migrates and sys.platform == "linux":
        migrates = not server.migrate_in_child(listener, ready)
    with temporary_settings({PREFECT_API_DATABASE_MIGRATE_ON_START: migrates}):
        _flush_often()
        server.run([socket.socket(fileno=listener)])
    return 0 if server.started else _STARTUP_FAILED


def _flush_often() -> None:
    """Let the recorder of task runs write what it has several times a second.

    Its setting takes whole seconds. One that says more than a second is left as it is.
    """
    from prefect.server.services import task_run_recorder

    own = task_run_recorder.consumer

    @wraps(own)
    def often(*values: Any, **options: Any) -> Any:
        if options.get("flush_every") == 1:
            options["flush_every"] = _FLUSH_SECONDS
        return own(*values, **options)

    task_run_recorder.consumer = often


def _migrate(database: Callable[[], Any], inherited: Iterable[int], parent: int) -> NoReturn:
    """Migrate the database, and end this process; it is killed if the one that waits for it ends."""
    failed = 1
    try:
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        for descriptor in inherited:
            os.close(descriptor)
        if os.getppid() == parent:
            asyncio.run(database().create_db())
            failed = 0
    finally:
        os._exit(failed)  # whoever waits for this process meets the error again, and tells it


class _Server(uvicorn.Server):
    def __init__(self, ready: int, schema: "_Schema") -> None:
        app = "prefect.server.api.server:create_app"
        super().__init__(uvicorn.Config(app, factory=True, log_level="error", lifespan="on"))
        self._ready = ready
        self._schema = schema
        self._migration = 0

    def migrate_in_child(self, *inherited: int) -> bool:
        """Migrate the database in a forked process; False if that fails.

        The 60 MB that it takes end with that process, which keeps none of these descriptors open.
        """
        import prefect.server.api.server  # noqa: F401
        from prefect.server.database import provide_database_interface

        parent = os.getpid()
        self._migration = os.fork()
        if not self._migration:
            _migrate(provide_database_interface, inherited, parent)
        _, status = os.waitpid(self._migration, 0)
        self._migration = 0
        return status == 0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell the process that waits for it."""
        await super().startup(sockets)
        if self.started:
            os.write(self._ready, b"+")
            self._schema.record()
            gc.freeze()
            gc.enable()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End in an orderly way: uvicorn waits a tenth of a second for requests, even where there is none."""
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)
        else:
            await self.lifespan.shutdown()

    def end(self, _number: int, _frame: FrameType | None) -> None:
        """End in an orderly way, or at once if nothing was served yet."""
        if not self.started:
            if self._migration:
                with suppress(ProcessLookupError):
                    os.kill(self._migration, signal.SIGKILL)
            os._exit(1)
        self.should_exit = True


class _Schema:
    """The tables of the database; to find out that they are the newest takes Prefect half a second.

    So it is recorded, for a SQLite file, which version of Prefect has made them.
    """

    def __init__(self, home: Path, url: str) -> None:
        from prefect import __version__

        self._record = home / _MIGRATED
        self._version = __version__
        _, _, file = url.partition("sqlite+aiosqlite:///")
        self._file = Path(file) if file and "?" not in file and ":" not in file else None

    def is_migrated(self) -> bool:
        """Whether this version of Prefect has migrated the database, and no other has changed it since."""
        revision = self._revision()
        with suppress(OSError, ValueError):
            return revision is not None and json.loads(self._record.read_bytes()) == self._stamp(revision)
        return False

    def record(self) -> None:
        """Record that the database is migrated."""
        revision = self._revision()
        if revision is not None and not self.is_migrated():
            partial = self._record.with_suffix(f".{os.getpid()}")
            with suppress(OSError):  # the next start takes a little longer
                partial.write_text(json.dumps(self._stamp(revision)))
                partial.replace(self._record)

    def _stamp(self, revision: str) -> dict[str, str]:
        return {"prefect": self._version, "file": str(self._file), "revision": revision}

    def _revision(self) -> str | None:
        if self._file is None or not self._file.is_file():
            return None
        with (
            suppress(sqlite3.Error),
            closing(sqlite3.connect(f"{self._file.as_uri()}?mode=rw", uri=True)) as database,
        ):
            rows = database.execute("select version_num from alembic_version").fetchall()
            return ",".join(sorted(str(row[0]) for row in rows))
        return None


if __name__ == "__main__":
    code = main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # all is written; to free a million objects takes a fifth of a second
