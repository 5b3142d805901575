"""A sweep job whose trial is a component: a YAML file that says what to run, and with which inputs."""

from pathlib import Path
from typing import Any

import pytest

from sweepflow.errors import SpecError
from sweepflow.fields.yaml import parse_yaml
from sweepflow.spec.file import read_spec
from sweepflow.spec.spec import Spec
from sweepflow.sweep_job import Translation, translate

COMPONENT = """
$schema: https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json
type: command
name: train_model
display_name: train_model
version: 1
inputs:
  data: {type: uri_file}
  c_value: {type: number, default: 1.0}
  kernel: {type: string, default: rbf}
  verbose: {type: boolean, default: false}
  note: {type: string, optional: true}
outputs:
  model_output: {type: mlflow_model}
code: ./train-src
environment: azureml:sklearn@latest
command: >-
  python train.py --data ${{inputs.data}} --C ${{inputs.c_value}} --kernel ${{inputs.kernel}}
  --verbose ${{inputs.verbose}} $[[--note ${{inputs.note}}]] --model ${{outputs.model_output}}
"""

JOB = """
type: sweep
inputs:
  data: {path: data.csv}
outputs:
  model_output:
sampling_algorithm: random
search_space: {c_value: {type: uniform, min_value: 0.5, max_value: 0.9}}
objective: {goal: minimize, primary_metric: loss}
limits: {max_total_trials: 5}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "parts/train-src").mkdir(parents=True)
    (tmp_path / "parts/train.yml").write_text(COMPONENT)
    (tmp_path / "data.csv").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def translated(**changes: Any) -> Translation:
    translation = translate({**parse_yaml(JOB), **changes}, Path.cwd())
    Spec.checked(translation.fields, is_trusted=True)
    return translation


def refusals(**changes: Any) -> dict[str, str]:
    with pytest.raises(SpecError) as caught:
        translated(**changes)
    return dict(caught.value.problems)


@pytest.mark.parametrize("reference", ["file:./parts/train.yml", "./parts/train.yml", "parts/train.yml"])
def test_a_component_is_what_it_runs_with_its_defaults(reference: str) -> None:
    translation = translated(trial=reference)
    assert translation.fields == {
        "type": "sweep",
        "trial": {"command": parse_yaml(COMPONENT)["command"], "code": "parts/train-src"},
        "inputs": {
            "data": {"type": "uri_file", "path": "data.csv"},
            "kernel": "rbf",
            "verbose": False,
            "note": None,
        },
        "outputs": {"model_output": {"type": "mlflow_model"}},
        "sampling_algorithm": "random",
        "search_space": {"c_value": {"type": "uniform", "min_value": 0.5, "max_value": 0.9}},
        "objective": {"goal": "minimize", "primary_metric": "loss"},
        "limits": {"max_total_trials": 5},
    }
    assert "parts/train.yml: environment" in translation.notices[0]


def test_an_absolute_path_is_a_component_too(folder: Path) -> None:
    for reference in (f"{folder}/parts/train.yml", f"file://{folder}/parts/train.yml"):
        assert translated(trial=reference).fields["trial"]["code"] == f"{folder}/parts/train-src"


@pytest.mark.parametrize(
    "reference",
    ["azureml:train:1", "azureml:train@latest", "azureml://registries/r/components/train/versions/1"],
)
def test_a_component_in_azure_is_the_file_of_its_name_beside_the_job(reference: str, folder: Path) -> None:
    assert refusals(trial=reference) == {
        "trial": f"'{reference}' is a component in Azure ML: save its YAML file as 'train.yml' beside "
        "the job, or name another file, as in `trial: file:./train.yml`"
    }
    (folder / "train.yml").write_text(COMPONENT.replace("./train-src", "parts/train-src"))
    assert translated(trial=reference).fields["trial"]["code"] == "parts/train-src"


def test_what_the_job_gives_comes_before_a_default() -> None:
    inputs = {"data": {"path": "data.csv"}, "kernel": "poly", "note": "a b"}
    assert translated(trial="parts/train.yml", inputs=inputs).fields["inputs"] == {
        "data": {"type": "uri_file", "path": "data.csv"},
        "kernel": "poly",
        "note": "a b",
        "verbose": False,
    }


def test_an_input_without_a_value_is_refused() -> None:
    assert refusals(trial="parts/train.yml", inputs={}) == {
        "inputs.data": "is required: the component that `trial` names declares it"
    }


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "names a component, but there is no file '{folder}/parts/none.yml'"),
        ("a: [", "names a component, but '{folder}/parts/none.yml' is not valid YAML: "),
        ("[1]", "'parts/none.yml' must be a command component, with `command` and `type: command`"),
        ("type: pipeline\njobs: {}", "'parts/none.yml' must be a command component, with `command` and"),
        ("type: command\ncode: .", "'parts/none.yml' must have a `command`"),
    ],
)
def test_what_is_no_component_is_refused(text: str | None, why: str, folder: Path) -> None:
    if text is not None:
        (folder / "parts/none.yml").write_text(text)
    (message,) = refusals(trial="file:parts/none.yml").values()
    assert message.startswith(why.format(folder=folder))


def test_a_component_may_be_written_into_the_job_as_the_sdk_does() -> None:
    trial = {**parse_yaml(COMPONENT), "code": "parts/train-src"}
    assert translated(trial=trial).fields == translated(trial="parts/train.yml").fields


def test_a_job_with_a_component_is_read_from_anywhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "job.yml").write_text(JOB + "trial: file:./parts/train.yml\n")
    monkeypatch.chdir("/")
    fields = read_spec(folder / "job.yml")
    assert fields["trial"]["code"] == str(folder / "parts/train-src")
    assert fields["inputs"]["data"]["path"] == str(folder / "data.csv")


@pytest.mark.parametrize(
    "reference",
    ["file:./secret.yml", "{folder}/secret.yml", "parts/link.yml", "parts/../secret.yml", "no.yml"],
)
def test_a_component_from_a_form_is_read_in_the_code_roots_alone(reference: str, folder: Path) -> None:
    (folder / "secret.yml").write_text("hunter2: [")
    (folder / "parts/link.yml").symlink_to(folder / "secret.yml")
    job = {**parse_yaml(JOB), "trial": reference.format(folder=folder)}
    for roots in ([], [folder / "parts"]):
        with pytest.raises(SpecError) as caught:
            translate(job, folder, roots)
        assert dict(caught.value.problems) == {
            "trial": "names a file that a deployed flow may not read: serve the job itself, or name a file "
            "in a folder that SWEEPFLOW_CODE_ROOTS allows where the flow runs"
        }
    job["trial"] = "file:parts/train.yml"
    assert translate(job, folder, [folder / "other", folder / "parts"]) == translate(job, folder)
