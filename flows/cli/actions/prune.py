"""What `sweepflow prune` does: delete the files of old sweeps."""

import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console

from sweepflow.archive.pruning import old_files
from sweepflow.base.settings import home, ledger_url
from sweepflow.errors import Problem, SpecError
from sweepflow.flows.cli.screen.text import text
from sweepflow.ledger.ledger import Ledger
from sweepflow.models.registry import Registry

_AGE = re.compile(r"(\d{1,6})([hdw])")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def prune_sweeps(older_than: str, *, is_dry_run: bool) -> dict[str, Any]:
    """Delete the files of sweeps that ended that long ago; a dry run only gives their IDs and size."""
    before, registry = datetime.now(UTC) - _age(older_than), Registry(home())
    registered = {version.sweep_id for name in registry.names() for version in registry.versions(name)}
    with closing(Ledger(ledger_url())) as ledger:
        old = old_files(ledger, home(), before, registered)
    fields = {
        "sweeps": [folder.sweep_id for folder in old.sweeps],
        "prepared_data": len(old.data),
        "python_objects": len(old.python_objects),
        "bytes": old.n_bytes,
        "is_dry_run": is_dry_run,
    }
    if not is_dry_run:
        old.delete()
    return fields


def show_pruned(console: Console, fields: dict[str, Any]) -> None:
    """Print the sweeps whose files are deleted, and the space that this frees."""
    for sweep_id in fields["sweeps"]:
        console.print(text(sweep_id))
    verb = "would free" if fields["is_dry_run"] else "freed"
    what = f"{len(fields['sweeps'])} sweeps and {fields['prepared_data']} prepared tables"
    if n_objects := fields["python_objects"]:
        what = f"{what}, {n_objects} DataFrames and functions of Python callers"
    console.print(f"{what}: {verb} {fields['bytes'] / 1e6:,.1f} MB; their records stay in the ledger")


def _age(text_of_age: str) -> timedelta:
    match = _AGE.fullmatch(text_of_age.strip().lower())
    if match is None:
        message = f"must be a number of hours, days or weeks, such as 12h, 30d or 8w, got '{text_of_age}'"
        raise SpecError([Problem("--older-than", message)])
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
