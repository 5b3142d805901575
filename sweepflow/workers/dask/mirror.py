"""What a worker that cannot see the flow's files keeps of them: the same paths, under a folder of its own."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sweepflow.base.files import private_folder
from sweepflow.base.folders import remove_folder
from sweepflow.workers.work import Work


class Mirror:
    """Files of the flow under this folder; the roots are the files and folders that were sent here."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._roots: frozenset[str] = frozenset()

    def add(self, roots: Iterable[str]) -> None:
        """Note that these files and folders of the flow's are here now."""
        self._roots |= frozenset(roots)

    def place(self, path: str | Path) -> Path:
        """Where the file or folder of the flow's with this absolute path is here."""
        return self._folder / Path(path).relative_to("/")

    def moved(self, path: str) -> str:
        """The same, for what was sent here; any other text as it is."""
        above = (path, *map(str, Path(path).parents)) if path.startswith("/") else ()
        return str(self.place(path)) if self._roots.intersection(above) else path

    def work(self, work: Work) -> Work:
        """The same work with the paths that it has here."""
        job = work.job
        folder = None if job.folder is None else private_folder(self.place(job.folder))
        data = job.data and job.data.model_copy(update={"folder": self.moved(job.data.folder)})
        paths = {
            "folder": folder,
            "data": data,
            "inputs": {name: self.moved(text) for name, text in job.inputs.items()},
            "outputs": {name: str(self.place(path)) for name, path in job.outputs.items()},
        }
        for path in (work.log, work.model):
            private_folder(self.place(path).parent)
        return work._replace(
            job=job.model_copy(update=paths), log=self.place(work.log), model=self.place(work.model)
        )

    def trial(self, fields: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
        """The fields of a trial; those of these names, which hold paths, with the paths of this machine."""
        return {**fields, **{name: self._moved_field(fields.get(name)) for name in names}}

    def write(self, path: str, offset: int, chunk: bytes, mode: int) -> None:
        """Write a part of a file of the flow's; the first part makes the file."""
        place = self.place(path)
        private_folder(place.parent)
        with place.open("r+b" if offset else "wb") as file:
            file.seek(offset)
            file.write(chunk)
        place.chmod(mode)

    def results(self, work: Work) -> list[tuple[str, int]]:
        """What the work, with the flow's paths, has left: the files by the flow's paths, and their sizes."""
        folder = work.job.folder
        found = {work.log, work.model}
        if folder is not None:
            found |= {folder / path for path in _files(self.place(folder))}
        places = {path: self.place(path) for path in found}
        return [(str(path), place.stat().st_size) for path, place in places.items() if place.is_file()]

    def read(self, path: str, offset: int, size: int) -> bytes:
        """A part of a file, by the flow's path."""
        with self.place(path).open("rb") as file:
            file.seek(offset)
            return file.read(size)

    def remove(self, work: Work) -> None:
        """Remove what the work has left."""
        for path in filter(None, (work.log, work.model, work.job.folder)):
            remove_folder(self.place(path))

    def _moved_field(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: self._moved_field(inner) for name, inner in value.items()}
        return self.moved(value) if isinstance(value, str) else value


def _files(folder: Path) -> list[Path]:
    """The files in the folder, as relative paths; no links, which may lead anywhere."""
    entries = folder.rglob("*") if folder.is_dir() else ()
    return [path.relative_to(folder) for path in entries if path.is_file() and not path.is_symlink()]
