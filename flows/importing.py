"""Where a function of the user's own is imported from."""

import sys
from pathlib import Path


def import_beside(spec: Path) -> list[str]:
    """Look for modules where the command is run and beside the spec first; gives these folders."""
    folders = [str(Path.cwd()), str(spec.absolute().parent)]
    sys.path[:0] = folders
    return folders
