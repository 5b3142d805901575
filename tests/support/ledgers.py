"""The ledger of a home."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sweepflow.base.settings import sqlite_url
from sweepflow.ledger.ledger import Ledger


@contextmanager
def ledger_of(home: Path) -> Iterator[Ledger]:
    """Open the ledger of that home during the block; it is created if there is none."""
    with closing(Ledger(sqlite_url(home / "ledger.db"))) as ledger:
        yield ledger
