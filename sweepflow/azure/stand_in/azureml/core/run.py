"""The run that a script logs to: its trial in the sweep, or nothing but the screen."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from azureml import _trial
from azureml._cloud import CloudOnly, absent
from azureml._log import RunLog
from azureml._output_files import OutputFiles
from azureml.core._trial_model import TrialModel
from azureml.core.experiment import Experiment
from azureml.core.workspace import Workspace
from azureml.data.input_datasets import InputDatasets
from azureml.exceptions import RunEnvironmentException, UserErrorException

if TYPE_CHECKING:
    from typing import Self


class Run:
    """One trial, as its script sees it."""

    _current: Run | None = None

    def __new__(cls, experiment: Any = None, run_id: str = "", **_: object) -> Any:
        """A run that is on record, in a notebook; else this one."""
        is_named = cls is Run and bool(run_id) and _trial.metrics_path() is None
        found = _recorded_run(experiment, run_id) if is_named else None
        return super().__new__(cls) if found is None else found

    def __init__(self, experiment: Experiment, run_id: str, **_: object) -> None:
        self.experiment = experiment
        self.id = self._run_id = run_id
        self.name = self.display_name = run_id
        self.type = "azureml.scriptrun"
        self.tags: dict[str, Any] = {}
        self.properties: dict[str, Any] = {}
        self._children: list[Run] = []
        self._log = RunLog()
        self._files = OutputFiles(_trial.outputs())

    @staticmethod
    def get(workspace: Any, run_id: str, **_: object) -> Any:
        """The run of this ID; UserErrorException if none is on record."""
        found = _recorded_run(Experiment(workspace), run_id)
        if found is None:
            raise UserErrorException(
                f"there is no run '{run_id}' on record: `sweepflow list` shows the sweeps"
            )
        return found

    @classmethod
    def get_context(cls, allow_offline: bool = True, **_: object) -> Run:
        """The trial that the script runs in, or else a run that prints what is logged to it.

        RunEnvironmentException if the latter is not allowed.
        """
        is_offline = _trial.metrics_path() is None
        if is_offline and not allow_offline:
            raise RunEnvironmentException("the script does not run in a trial of a sweep")
        if Run._current is None:
            experiment = Experiment(Workspace.from_config())
            number = _trial.number()
            Run._current = (
                _OfflineRun(experiment, f"OfflineRun_{os.getpid()}")
                if is_offline
                else Run(experiment, f"HD_{number}")
            )
        return Run._current

    def log(self, name: str, value: object, description: str = "", step: int | None = None) -> None:  # noqa: ARG002
        """Log a value: a number as a metric of the trial, all else into `outputs/logged.jsonl`."""
        self._log.value(name, value)

    def log_list(self, name: str, value: object, description: str = "") -> None:  # noqa: ARG002
        """Log numbers one after the other under one name."""
        self._log.values_in_order(name, value)

    def log_row(self, name: str, description: str | None = None, **kwargs: object) -> None:  # noqa: ARG002
        """Log numbers that belong together, each as the metric `name.column`."""
        self._log.row(name, kwargs)

    def log_table(self, name: str, value: Mapping[str, object], description: str = "") -> None:  # noqa: ARG002
        """Log lists of numbers by column, each row as the metrics `name.column`."""
        self._log.table(name, value)

    def log_image(self, name: str, path: str | None = None, plot: Any = None, description: str = "") -> None:  # noqa: ARG002
        """Keep an image file, or a plot of matplotlib, under `outputs/images`."""
        if path is not None:
            self._files.add(f"images/{_file_name(name)}{os.path.splitext(path)[1]}", path)  # noqa: PTH122
        if plot is not None:
            target = self._files.path(f"images/{_file_name(name)}.png")
            target.parent.mkdir(parents=True, exist_ok=True)
            plot.savefig(target)

    def log_confusion_matrix(self, name: str, value: object, description: str = "") -> None:  # noqa: ARG002
        """Keep a confusion matrix in `outputs/logged.jsonl`."""
        self._log.other(name, value)

    log_accuracy_table = log_residuals = log_predictions = log_confusion_matrix

    def get_metrics(self, name: str | None = None, **_: object) -> dict[str, Any]:
        """What has been logged by this process: by name, the value, or the list of several."""
        values = self._log.values
        return dict(values) if name is None else {key: values[key] for key in [name] if key in values}

    def upload_file(self, name: str, path_or_stream: Any, **_: object) -> None:
        """Keep a file in the trial's outputs under this name."""
        self._files.add(name, path_or_stream)

    def upload_files(self, names: Sequence[str], paths: Sequence[str], **_: object) -> None:
        """Keep files in the trial's outputs under these names."""
        for index, name in enumerate(names):
            self._files.add(name, paths[index])

    def upload_folder(self, name: str, path: str, **_: object) -> None:
        """Keep a folder in the trial's outputs under this name."""
        self._files.add(name, path)

    def download_file(self, name: str, output_file_path: str | None = None, **_: object) -> None:
        """Copy a file from the trial's outputs."""
        self._files.copy_to(name, output_file_path)

    def get_file_names(self) -> list[str]:
        """The names of the files in the trial's outputs."""
        return self._files.names()

    def register_model(
        self, model_name: str, model_path: str = "", tags: Mapping[str, Any] | None = None, **_: object
    ) -> TrialModel:
        """The model's name; nothing is registered by a trial, which the log says."""
        return TrialModel.register(self.experiment.workspace, model_path, model_name, tags)

    @property
    def number(self) -> int:
        """The trial's number."""
        return _trial.number()

    @property
    def parent(self) -> Run:
        """The sweep, as a run whose log is the screen."""
        return _OtherRun(self.experiment, "HD")

    def child_run(self, name: str | None = None, **_: object) -> Run:
        """A run whose log is the screen: a trial has no runs below it."""
        return self.create_children(1, names=[name])[0]

    def create_children(self, count: int = 1, names: Sequence[str | None] = (), **_: object) -> list[Run]:
        """Runs whose log is the screen: a trial has no runs below it."""
        given = [*names, *[None] * count][:count]
        first = len(self._children)
        self._children += [
            _OtherRun(self.experiment, name or f"{self.id}_{first + index}")
            for index, name in enumerate(given)
        ]
        return self._children[first:]

    def get_children(self, **_: object) -> list[Run]:
        """The runs made by `child_run` and `create_children`."""
        return list(self._children)

    @property
    def input_datasets(self) -> InputDatasets:
        """The sweep's inputs, as data sets."""
        return InputDatasets()

    @property
    def status(self) -> str:
        """It runs."""
        return "Running"

    def get_status(self) -> str:
        """It runs."""
        return self.status

    def get_details(self) -> dict[str, Any]:
        """Its name, state and tags."""
        return {"runId": self.id, "status": self.status, "tags": self.tags, "properties": self.properties}

    def tag(self, key: str, value: object = None) -> None:
        """Tag this object; the sweep keeps no tags of trials."""
        self.tags[key] = value

    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Tag this object; the sweep keeps no tags of trials."""
        self.tags.update(tags)

    def get_tags(self) -> dict[str, Any]:
        """The tags set so far."""
        return self.tags

    def remove_tags(self, tags: Iterable[str]) -> None:
        """Remove tags."""
        for key in [tags] if isinstance(tags, str) else tags:
            self.tags.pop(key, None)

    def add_properties(self, properties: Mapping[str, Any]) -> None:
        """Add properties to this object; the sweep keeps none."""
        self.properties.update(properties)

    def get_properties(self) -> dict[str, Any]:
        """The properties added so far."""
        return self.properties

    def start(self) -> None:
        """It runs already."""

    def flush(self, *_: object, **__: object) -> None:
        """Everything has been written when it was logged."""

    def complete(self, *_: object, **__: object) -> None:
        """The trial is complete when its script ends."""

    def wait_for_completion(self, *_: object, **__: object) -> dict[str, Any]:
        """Its details, at once: a script cannot wait for itself."""
        return self.get_details()

    def fail(self, error_details: object = None, *_: object, **__: object) -> NoReturn:
        """End the script, and the trial as failed."""
        raise SystemExit(f"The script has failed its run: {error_details or 'it gave no reason'}")

    def cancel(self) -> NoReturn:
        """End the script, and the trial as failed."""
        raise SystemExit("The script has canceled its run")

    def get_portal_url(self) -> str:
        """The folder of its outputs, as a URL."""
        return self._files.folder.as_uri()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()

    def __repr__(self) -> str:
        return f"Run(Id: {self.id}, Status: {self.status})"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise CloudOnly(f"Run.{name}")


class _OfflineRun(Run):
    """The run of a script that runs by itself."""


class _OtherRun(Run):
    """A run above or below the trial: what a script logs to it is printed."""

    def __init__(self, experiment: Experiment, run_id: str) -> None:
        super().__init__(experiment, run_id)
        self._log = RunLog(reports=False)


def _file_name(name: str) -> str:
    return "".join(character if character.isalnum() or character in " ._-" else "_" for character in name)


def _recorded_run(experiment: Any, run_id: str) -> Any:
    from sweepflow.azure.hyperdrive.runs import find_run

    return find_run(experiment, run_id)


if not TYPE_CHECKING:  # a checker must tell a misspelt name

    def __getattr__(name):
        return absent(__name__, name)
