"""A sweep job as Python has it runs on this machine."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from sweepflow.azure import run
from sweepflow.errors import SpecError

FIELDS: dict[str, Any] = {
    "type": "sweep",
    "trial": {
        "command": "./train ${{search_space.rate}} ${{inputs.table}} $[[${{inputs.note}}]] "
        ">> $SWEEPFLOW_METRICS",
        "code": "src",
        "environment": "azureml:sklearn@latest",
    },
    "inputs": {"table": {"type": "uri_file", "path": "azureml:./table.csv"}, "note": None},
    "sampling_algorithm": "grid",
    "search_space": {"rate": {"type": "choice", "values": [3, 4]}},
    "objective": {"primary_metric": "loss", "goal": "minimize"},
    "limits": {"max_total_trials": 2, "max_concurrent_trials": 1},
    "compute": "azureml:cpu-cluster",
    "tags": {},
    "properties": {},
}


class SweepJob:
    """A job of azure-ai-ml, as it is made for the service and for files."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def _to_dict(self) -> dict[str, Any]:
        return self._fields


class Sweep(dict[str, Any]):
    """What `.sweep(...)` gives: a mapping, though not of the job's fields, that makes a job."""

    def __init__(self, fields: dict[str, Any]) -> None:
        super().__init__(inputs={})
        self._job_fields = fields

    def _to_job(self) -> SweepJob:
        return SweepJob(self._job_fields)


class Node(dict[str, Any]):
    """What `.sweep(...)` gives in newer versions: it writes its trial as a component, and no labels."""

    display_name = "a sweep"
    description = None

    def _to_job(self) -> SweepJob:
        raise AssertionError("it loses the defaults of the component")

    def _to_dict(self) -> dict[str, Any]:
        declared = {"rate": {"type": "number", "default": "1"}, "table": {"type": "uri_file"}}
        declared["note"] = {"type": "string", "optional": True}
        declared["kind"] = {"type": "string", "default": "a"}
        command = FIELDS["trial"]["command"].replace("search_space.rate", "inputs.rate")
        trial = {**FIELDS["trial"], "command": command, "inputs": declared, "type": "command"}
        return {**FIELDS, "trial": trial, "inputs": {"table": FIELDS["inputs"]["table"]}}


class Dumped:
    """A job that can only be written."""

    def dump(self, dest: Any) -> None:
        Path(dest).write_text(yaml.safe_dump(FIELDS))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    script = tmp_path / "src/train"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\necho '{\"loss\": '$(($1 * $(cat $2)))'}'\n")
    script.chmod(0o755)
    (tmp_path / "table.csv").write_text("2")
    (tmp_path / "other.csv").write_text("5")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The fields that the flow is called with."""
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr("sweepflow.flows.tune.tune", lambda **fields: calls.append(fields))
    return calls


@pytest.mark.usefixtures("server", "home_of_commands", "folder")
def test_what_the_sdk_makes_runs(capsys: pytest.CaptureFixture[str]) -> None:
    result = run(Sweep(FIELDS))
    assert result.best is not None
    assert (result.best.parameters, result.best.value) == ({"rate": 3}, 6)
    assert (
        capsys.readouterr().out == "note: no effect here, outside of Azure ML: trial.environment, compute\n"
    )


def test_every_form_of_a_job_calls_the_flow_with_the_same(folder: Path, passed: list[dict[str, Any]]) -> None:
    (folder / "job.yml").write_text(yaml.safe_dump(FIELDS).replace("azureml:./table.csv", "table.csv"))
    for job in (
        Sweep(FIELDS),
        SweepJob(FIELDS),
        Dumped(),
        FIELDS,
        folder / "job.yml",
        str(folder / "job.yml"),
    ):
        run(job)
    assert [(fields["inputs"]["table"]["path"], fields["trial"]["code"]) for fields in passed] == [
        (str(folder / "table.csv"), str(folder / "src"))
    ] * 6
    assert all(fields["search_space"] == FIELDS["search_space"] for fields in passed)


def test_a_component_has_its_defaults(folder: Path, passed: list[dict[str, Any]]) -> None:
    run(Node())
    (fields,) = passed
    table = {"type": "uri_file", "path": str(folder / "table.csv")}
    assert fields["inputs"] == {"table": table, "note": None, "kind": "a"}
    assert fields["display_name"] == "a sweep"


def test_an_input_that_is_elsewhere_is_read_from_its_copy(folder: Path, passed: list[dict[str, Any]]) -> None:
    job = {**FIELDS, "inputs": {"table": {"type": "uri_file", "path": "azureml:iris:1"}}}
    run(job, inputs={"table": "other.csv"})
    run(job, inputs={"table": folder / "other.csv"})
    assert [fields["inputs"]["table"]["path"] for fields in passed] == [str(folder / "other.csv")] * 2
    with pytest.raises(SpecError, match="the spec has no input 'tabel'; did you mean 'table'"):
        run(job, inputs={"tabel": "other.csv"})


@pytest.mark.parametrize(
    ("job", "why"),
    [
        (SweepJob({"type": "command", "command": "ls"}),
         "sweep_job: a command has nothing to tune: call it with"),
        ({"type": "pipeline", "jobs": {}}, "type: a pipeline is not supported"),
        (3, "sweep_job: must be a sweep job, the path of its file or its fields, got int"),
        ("no/such.yml", "there is no file 'no/such.yml'"),
    ],
)  # fmt: skip
def test_what_is_no_sweep_job_is_refused(job: Any, why: str) -> None:
    with pytest.raises(SpecError) as caught:
        run(job)
    assert str(caught.value).startswith(why)
