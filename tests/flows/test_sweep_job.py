"""A sweep job of Azure ML, run by the flow as it is."""

from pathlib import Path

import pytest
import yaml
from prefect.flow_engine import run_flow
from prefect.utilities.callables import parameter_schema

from sweepflow.errors import SpecError
from sweepflow.flows.tune import tune
from sweepflow.result import SweepResult
from sweepflow.spec.spec import Spec
from sweeps import log_records

JOB = """
$schema: https://azuremlschemas.azureedge.net/latest/sweepJob.schema.json
type: sweep
trial:
  code: src
  command: ./train ${{inputs.scale}} ${{search_space.rate}} >> $SWEEPFLOW_METRICS
  environment: azureml:basic@latest
inputs: {scale: 2}
compute: azureml:cpu-cluster
sampling_algorithm: Grid
search_space: {--rate: {type: choice, values: [3, 4]}}
objective: {primary_metric: loss, goal: Minimize}
limits: {max_total_trials: 2, max_concurrent_trials: 1, timeout: 60}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "src/train"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\necho '{\"loss\": '$(($1 * $2))'}'\n")
    script.chmod(0o755)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("server", "home_of_commands")
def test_a_job_runs_when_its_fields_are_passed_to_the_flow() -> None:
    result = tune(**yaml.safe_load(JOB))
    assert result.best is not None
    assert (result.best.parameters, result.best.value) == ({"rate": 3}, 6)
    (warning,) = log_records(result.sweep_id, "WARNING")
    assert warning["message"] == "no effect here, outside of Azure ML: $schema, trial.environment, compute"


@pytest.mark.usefixtures("server", "home_of_commands")
def test_a_job_runs_when_its_fields_are_the_parameters_of_a_deployments_run() -> None:
    result = run_flow(tune, parameters=yaml.safe_load(JOB))
    assert isinstance(result, SweepResult)
    assert result.trials.completed == 2


@pytest.mark.usefixtures("server", "home_of_commands")
def test_an_unknown_field_is_told_by_the_spec() -> None:
    with pytest.raises(SpecError, match="baselin: unknown field 'baselin'; did you mean 'baseline'"):
        tune(**yaml.safe_load(JOB), baselin={"rate": 3})


def test_the_form_has_the_fields_of_the_spec_alone() -> None:
    assert parameter_schema(tune).properties.keys() == Spec.model_fields.keys()
