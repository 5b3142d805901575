"""A trial as a child of its HyperDrive run: what it got, logged and wrote."""

import shutil
from pathlib import Path
from typing import Any

from sweepflow.archive.sweep import Sweep
from sweepflow.azure.hyperdrive import records
from sweepflow.azure.hyperdrive.refusal import NotebookError, not_here
from sweepflow.azure.hyperdrive.registered import Model, register
from sweepflow.azure.hyperdrive.shown import run_table, run_text
from sweepflow.trials.rows import RankedRow


class ChildRun:
    """A trial as a child of its HyperDrive run."""

    type = "azureml.scriptrun"

    def __init__(self, parent: Any, sweep: Sweep, row: RankedRow) -> None:
        self.parent = parent
        self.experiment = parent.experiment
        self.number = row.number
        self.id = f"{parent.id}_{row.number}"
        self._sweep = sweep
        self._row = row

    @property
    def status(self) -> str:
        """The state, in the words of v1."""
        return records.child_status(self._row)

    def get_status(self) -> str:
        """The state, in the words of v1."""
        return self.status

    def wait_for_completion(self, *_: Any, **__: Any) -> dict[str, Any]:
        """Its details: it has ended."""
        return self.get_details()

    def get_metrics(self, name: str | None = None, *_: Any, **__: Any) -> dict[str, Any]:
        """What it logged, or what it logged under this name."""
        metrics = records.metrics(self._sweep, self.number)
        return metrics if name is None else {key: metrics[key] for key in [name] if key in metrics}

    def get_details(self) -> dict[str, Any]:
        """What v1 has as the details of a run; its arguments are at `['runDefinition']['arguments']`."""
        words = records.arguments(self._sweep, self._row)
        return {
            "runId": self.id,
            "target": "local",
            "status": self.status,
            "startTimeUtc": self._row.started and self._row.started.isoformat(),
            "endTimeUtc": self._row.ended and self._row.ended.isoformat(),
            "properties": self.properties,
            "runDefinition": {"script": None, "arguments": words, "Arguments": words, "target": "local"},
            "error": self._row.error,
            "logFiles": {name: str(path) for name, path in self._files().items() if name == records.LOG},
        }

    def get_details_with_logs(self) -> dict[str, Any]:
        """Its details, with what it printed."""
        logs = {
            name: path.read_text(errors="replace")
            for name, path in self._files().items()
            if name == records.LOG
        }
        return {**self.get_details(), "logFiles": logs}

    @property
    def properties(self) -> dict[str, str]:
        """Its score."""
        return {"score": str(self._row.value)}

    def get_properties(self) -> dict[str, str]:
        """The same as `properties`."""
        return self.properties

    @property
    def tags(self) -> dict[str, str]:
        """What it drew, as v1 has it among the tags."""
        return {"hyperparameters": records.as_json(records.hyperparameters(self._sweep, self._row))}

    def get_tags(self) -> dict[str, str]:
        """The same as `tags`."""
        return self.tags

    def get_file_names(self) -> list[str]:
        """The names of its files: its log, and what it wrote to `outputs`."""
        return list(self._files())

    def download_file(self, name: str, output_file_path: str | Path | None = None, **_: Any) -> None:
        """Copy a file of it to this path or into this folder, the working directory by default."""
        source = records.file(self._sweep, self.number, name)
        if source is None:
            raise NotebookError(
                f"run '{self.id}' has no file '{name}': it has {', '.join(self._files()) or 'none'}"
            )
        _copy(source, output_file_path)

    def download_files(
        self, prefix: str | None = None, output_directory: str | Path | None = None, **_: Any
    ) -> None:
        """Copy the files whose names begin with the prefix into this folder, under their names."""
        for name, source in self._files().items():
            if name.startswith((prefix or "").removeprefix("./")):
                _copy(source, Path(output_directory or ".") / name)

    def get_all_logs(self, destination: str | Path | None = None) -> list[str]:
        """Copy its log into this folder; the path of the copy."""
        self.download_files(records.LOG, destination)
        return [str(Path(destination or ".") / records.LOG)]

    def register_model(self, model_name: str, model_path: str | None = None, **more: Any) -> Model:
        """Register a file or a folder among its outputs under the name."""
        wanted = (model_path or model_name).removeprefix("./").strip("/").removesuffix(".")
        chosen = {
            name: path
            for name, path in self._files().items()
            if not wanted or name == wanted or name.startswith(f"{wanted}/")
        }
        if not chosen:
            raise NotebookError(
                f"run '{self.id}' has no file '{wanted}': it has {', '.join(self._files()) or 'none'}"
            )
        return register(model_name, chosen, wanted, run_id=self.id, **more)

    def _files(self) -> dict[str, Path]:
        return records.files(self._sweep, self.number)

    def __getattr__(self, name: str) -> Any:
        raise not_here(self, name)

    def __repr__(self) -> str:
        return run_text(self)

    def _repr_html_(self) -> str:
        return run_table(self)


def _copy(source: Path, target: str | Path | None) -> None:
    path = Path(target) if target is not None else Path(source.name)
    if path.is_dir() or str(target).endswith("/"):
        path = path / source.name
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, path)
