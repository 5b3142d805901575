"""The files of a run: what lies in the trial's outputs, which are kept."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath
from typing import Any

from azureml.exceptions import UserErrorException


class OutputFiles:
    """Files under the names that scripts give them: `outputs/x` and `x` are the same one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    def add(self, name: str, source: Any) -> None:
        """Keep a copy of a file, or of what an open one holds; a folder with all that is in it."""
        target = self.path(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if callable(getattr(source, "read", None)):
            content = source.read()
            target.write_bytes(content.encode() if isinstance(content, str) else content)
        elif not Path(source).exists():
            raise UserErrorException(f"there is no file {source}, which is to be uploaded as '{name}'")
        elif target.exists() and target.samefile(source):
            return
        elif Path(source).is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)

    def copy_to(self, name: str, target: str | None) -> None:
        """Copy a file to a path, or into a folder that is there; by default into the working directory."""
        source = self.path(name)
        if not source.is_file():
            raise UserErrorException(
                f"the run has no file '{name}': it has {', '.join(self.names()) or 'none'}"
            )
        path = Path(target or ".")
        shutil.copyfile(source, path / source.name if path.is_dir() else path)

    def names(self) -> list[str]:
        """The names of all files, beginning with `outputs/`."""
        files = sorted(file for file in self.folder.rglob("*") if file.is_file())
        return [f"outputs/{file.relative_to(self.folder).as_posix()}" for file in files]

    def path(self, name: str) -> Path:
        """Where the file of this name is kept; UserErrorException if that is outside of the folder."""
        parts = [part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in ("/", ".")]
        if parts[:1] == ["outputs"]:
            del parts[0]
        if not parts or ".." in parts:
            raise UserErrorException(f"a file of the run needs a name inside of its outputs, got '{name}'")
        return self.folder.joinpath(*parts)
