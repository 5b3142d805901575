"""What `convert` writes is the spec that the job is."""

import json
from pathlib import Path

import pytest

from commands import call
from sweepflow.errors import SpecError
from sweepflow.flows.cli.actions.convert import convert_job
from sweepflow.spec.file import read_job, read_spec

TODAY = """
$schema: https://azuremlschemas.azureedge.net/latest/sweepJob.schema.json
type: sweep
trial:
  code: src
  command: >-
    python main.py  --table ${{inputs.table}}
    --rate ${{search_space.rate}}
    $[[--note ${{inputs.note}}]]
  environment: {image: "python:3.8", version: 2024-01-31}
inputs:
  table: {type: uri_file, path: data/iris.csv, mode: ro_mount}
  remote: {type: uri_file, path: "https://host/iris.csv"}
  note: "5: 'a'\\n\\u001b"
compute: azureml:cpu-cluster
sampling_algorithm: {type: random, seed: 3}
search_space:
  rate: {type: loguniform, min_value: -6, max_value: -1}
  --kind: {type: choice, values: ["yes", "1", 1, null, 0.1]}
objective: {primary_metric: loss, goal: Minimize}
early_termination: {type: Bandit, slack_factor: 0.1, slack_amount: 0}
outputs: {model: {mode: upload, type: mlflow_model}, log: }
"""

FIRST = """
type: sweep_job
algorithm: random
trial:
  code: {local_path: src}
  command: python main.py --rate {search_space.rate} --iris {inputs.iris}
  inputs: {iris: {data: {path: data/iris.csv}, mode: mount}}
  compute: {target: azureml:cpu}
search_space: {rate: {type: uniform, min_value: 0.01, max_value: 0.9}}
objective: {primary_metric: loss, goal: minimize}
max_total_trials: 20
timeout_minutes: 120
"""

OURS = """
trial: {command: ./train, code: {path: src, copy: false}}
search_space: {rate: {type: uniform, min_value: 0.01, max_value: 0.9}}
objective: {primary_metric: loss, goal: minimize}
limits: {max_total_trials: 20}
"""


def written(folder: Path, text: str) -> Path:
    (folder / "jobs").mkdir()
    job = folder / "jobs/job.yml"
    job.write_text(text)
    return job


@pytest.mark.parametrize("place", ["jobs/spec.yml", "spec.yml", "deep/er/spec.yml"])
@pytest.mark.parametrize("text", [TODAY, FIRST, OURS])
def test_the_spec_means_what_the_job_does_wherever_it_is_written(
    text: str, place: str, tmp_path: Path
) -> None:
    job, output = written(tmp_path, text), tmp_path / place
    output.parent.mkdir(parents=True, exist_ok=True)
    conversion = convert_job(job, output, overwrites=False)
    again = read_job(output)
    assert again.fields == read_spec(job)
    assert again.notices == ()
    assert conversion["spec_path"] == str(output)


def test_a_comment_stands_for_each_thing_left_out(tmp_path: Path) -> None:
    lines = convert_job(written(tmp_path, TODAY), None, overwrites=False)["yaml"].splitlines()
    assert [line for line in lines if line.startswith("#")] == [
        "# job.yml, converted by `sweepflow convert`.",
        "# $schema has no effect outside of Azure ML: "
        "https://azuremlschemas.azureedge.net/latest/sweepJob.schema.json",
        "# trial.environment has no effect outside of Azure ML: "
        '{"image": "python:3.8", "version": "2024-01-31"}',
        "# inputs.table.mode has no effect outside of Azure ML: ro_mount",
        "# outputs.model.mode has no effect outside of Azure ML: upload",
        "# compute has no effect outside of Azure ML: azureml:cpu-cluster",
        "# limits.max_total_trials: is not given, so that up to 1,000 trials run, as in Azure ML",
    ]


def test_a_spec_that_is_printed_is_one_to_be_written_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = written(tmp_path, TODAY)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spec.yml").write_text(call("convert", job).stdout)
    assert read_spec(tmp_path / "spec.yml") == read_spec(job)


def test_programs_get_the_spec_and_what_is_not_in_it(tmp_path: Path) -> None:
    job, output = written(tmp_path, FIRST), tmp_path / "spec.yml"
    answer = json.loads(call("convert", job, "-o", output, "--json").stdout)
    assert answer["spec"]["limits"] == {"max_total_trials": 20, "timeout": 7200}
    assert answer["spec"]["trial"]["code"] == "jobs/src"
    assert answer["dropped"] == {"inputs.iris.mode": "mount"}
    assert answer["notices"][1] == "trial.compute: belongs to the top of the job; it has no effect here"
    assert (answer["spec_path"], answer["yaml"]) == (str(output), output.read_text())


def test_a_file_that_is_there_is_kept(tmp_path: Path) -> None:
    job = written(tmp_path, FIRST)
    with pytest.raises(SpecError, match="is there already: --overwrite replaces it"):
        convert_job(job, job, overwrites=False)
    assert job.read_text() == FIRST
    convert_job(job, job, overwrites=True)
    assert read_job(job).notices == ()


def test_a_mistake_in_the_job_is_told_with_its_path_there(tmp_path: Path) -> None:
    job = written(tmp_path, FIRST.replace("max_total_trials: 20", "max_total_trials: 0"))
    with pytest.raises(SpecError) as caught:
        convert_job(job, tmp_path / "spec.yml", overwrites=False)
    assert caught.value.problems == [("max_total_trials", "must be >= 1, got 0")]
    assert not (tmp_path / "spec.yml").exists()
