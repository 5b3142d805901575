"""A sweep job of Azure ML as Python has it: an object of azure-ai-ml, a file, or its fields."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

from sweepflow.base.printable import printable
from sweepflow.errors import Problem, SpecError
from sweepflow.fields.yaml_file import read_yaml
from sweepflow.result import SweepResult
from sweepflow.spec.file import map_input, read_job, with_paths
from sweepflow.sweep_job import Translation, translate

_AZURE = "azureml:"
_LABELS = ("display_name", "experiment_name", "description")


def run(sweep_job: object, *, inputs: Mapping[str, str | Path] | None = None) -> SweepResult:
    """Run a sweep job on this machine and give its result; notices are printed.

    `sweep_job` is what `.sweep(...)` of a command of azure-ai-ml gives, the path of a job's YAML file, or the
    fields of one. `inputs` has the file or folder of this machine for each input that is elsewhere, by name.
    Raises SpecError if it is no sweep job, and what the flow `tune` raises.
    """
    from sweepflow import tune

    job = _job(sweep_job)
    for name, path in (inputs or {}).items():
        map_input(job.fields, f"{name}={path}")
    for notice in job.notices:
        print(f"note: {printable(notice)}")
    with job.in_the_users_words():
        result: SweepResult = tune(**job.fields)
        return result


def _job(sweep_job: object) -> Translation:
    if isinstance(sweep_job, str | Path):
        return read_job(Path(sweep_job))
    folder = Path.cwd()
    job = translate(_fields(sweep_job), folder)
    return job._replace(fields=with_paths(job.fields, lambda path: str(folder / path)))


def _fields(sweep_job: object) -> Mapping[str, Any]:
    """The fields that the job would have in a file."""
    fields = _written(sweep_job)
    if not isinstance(fields, Mapping):
        _refuse(f"must be a sweep job, the path of its file or its fields, got {type(sweep_job).__name__}")
    if fields.get("type") == "command" and fields is not sweep_job:
        _refuse("a command has nothing to tune: call it with what to draw, and then `.sweep(...)` of that")
    return {**fields, "inputs": _with_local_paths(fields["inputs"])} if fields.get("inputs") else fields


def _written(job: Any) -> Any:
    """What the job would be in a file, if it is an object that can be written to one; else the job itself.

    What `.sweep(...)` gives is a mapping, too, but of other fields. It writes its trial as a component, and
    no labels; the job that it can be made to has lost the component's defaults.
    """
    if hasattr(job, "_to_dict"):
        labels = {name: label for name in _LABELS if isinstance(label := getattr(job, name, None), str)}
        return {**labels, **job._to_dict()}
    if hasattr(job, "_to_job"):
        return _written(job._to_job())
    if not hasattr(job, "dump"):
        return job
    with TemporaryDirectory() as folder:
        file = Path(folder) / "job.yml"
        job.dump(file)
        return read_yaml(file)


def _with_local_paths(inputs: Any) -> Any:
    """The inputs; azure-ai-ml writes `azureml:` before a path of this machine, too."""
    if not isinstance(inputs, Mapping):
        return inputs
    local = dict(inputs)
    for name, value in inputs.items():
        path = value.get("path") if isinstance(value, Mapping) else None
        if isinstance(path, str) and path.startswith(_AZURE) and Path(path.removeprefix(_AZURE)).exists():
            local[name] = {**value, "path": path.removeprefix(_AZURE)}
    return local


def _refuse(message: str) -> NoReturn:
    raise SpecError([Problem("sweep_job", message)])
