"""Makes the user's own modules importable in a process of ours, such as a command; a notebook finds them."""

from collections.abc import Iterable
from pathlib import Path

from sweepflow.importing.safe_path import protect_children
from sweepflow.importing.user_modules import add_module_folders


def import_beside(spec: Path) -> None:
    """Import the user's modules from the working directory and the spec's folder, after all others."""
    import_from([Path.cwd(), spec.absolute().parent])


def import_from(folders: Iterable[str | Path]) -> None:
    """Import the user's modules from these folders, after all others."""
    add_module_folders(folders)
    protect_children()  # Prefect and joblib start processes by `python -m`
