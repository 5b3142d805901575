"""A data set that is files."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from azureml._cloud import absent
from azureml.data.abstract_dataset import AbstractDataset
from azureml.data.dataset_consumption_config import DatasetConsumptionConfig
from azureml.data.mount_context import MountContext


class FileDataset(AbstractDataset):
    """Local files or folders, used where they are."""

    def to_path(self) -> list[str]:
        """The files' paths, each below the folder that it is in, beginning with a slash."""
        return [f"/{file.relative_to(root).as_posix()}" for root, file in self._files()]

    def download(self, target_path: str | None = None, overwrite: bool = False, **_: object) -> list[str]:
        """Copies the files to a folder, by default the working directory; a file in the way is an error."""
        folder = Path(target_path or ".")
        copies = []
        for root, file in self._files():
            copy = folder / file.relative_to(root)
            if copy.exists() and not overwrite:
                raise FileExistsError(f"{copy} is there already: pass overwrite=True, or another target_path")
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
            copies.append(str(copy.absolute()))
        return copies

    def mount(self, mount_point: str | None = None, **_: object) -> MountContext:  # noqa: ARG002
        """The folder with the files, as they are."""
        return MountContext(str(self.local_paths[0]))

    def as_mount(self, path_on_compute: str | None = None) -> DatasetConsumptionConfig:
        """The files as an input of a run."""
        return DatasetConsumptionConfig(self.name or "input", self).as_mount(path_on_compute)

    def as_download(self, path_on_compute: str | None = None) -> DatasetConsumptionConfig:
        """The files as an input of a run."""
        return DatasetConsumptionConfig(self.name or "input", self).as_download(path_on_compute)

    def _files(self) -> list[tuple[Path, Path]]:
        """Each file, after the folder that its path is relative to."""
        files = []
        for path in self.local_paths:
            below = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
            root = path.parent if path.is_file() else path
            files += [(root, file) for file in below]
        return files


if not TYPE_CHECKING:  # a checker must tell a misspelt name

    def __getattr__(name):
        return absent(__name__, name)
