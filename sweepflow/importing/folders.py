"""Where modules of the user's own are imported from, in a process of ours: a command, not a notebook."""

from collections.abc import Iterable
from pathlib import Path

from sweepflow.importing.safe_path import keep_for_children
from sweepflow.importing.user_modules import offer_folders


def import_beside(spec: Path) -> None:
    """Look for modules of the user's where the command is run and beside the spec, after all others."""
    import_from([Path.cwd(), spec.absolute().parent])


def import_from(folders: Iterable[str | Path]) -> None:
    """Look for modules of the user's in these folders, after all others."""
    offer_folders(folders)
    keep_for_children()  # Prefect and joblib start processes by `python -m`
