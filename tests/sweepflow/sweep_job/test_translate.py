"""A sweep job of Azure ML, in every form that is documented or in use, as the fields of a spec."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sweepflow.errors import SpecError
from sweepflow.fields.yaml import parse_yaml
from sweepflow.spec.spec import Spec
from sweepflow.sweep_job import Translation, translate

JOB = """
$schema: https://azuremlschemas.azureedge.net/latest/sweepJob.schema.json
type: sweep
trial:
  code: src
  command: >-
    python main.py
    --rate ${{search_space.rate}}
  environment: azureml:sklearn@latest
compute: azureml:cpu-cluster
sampling_algorithm: random
search_space:
  rate: {type: uniform, min_value: 0.01, max_value: 0.9}
objective: {primary_metric: loss, goal: minimize}
limits: {max_total_trials: 20, max_concurrent_trials: 10, timeout: 7200}
"""

NATIVE = {
    "type": "sweep",
    "trial": {"code": "src", "command": "python main.py --rate ${{search_space.rate}}"},
    "sampling_algorithm": "random",
    "search_space": {"rate": {"type": "uniform", "min_value": 0.01, "max_value": 0.9}},
    "objective": {"primary_metric": "loss", "goal": "minimize"},
    "limits": {"max_total_trials": 20, "max_concurrent_trials": 10, "timeout": 7200},
}

NO_EFFECT = "no effect here, outside of Azure ML"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def job(**changes: Any) -> dict[str, Any]:
    return {**parse_yaml(JOB), **changes}


def of_trial(**changes: Any) -> dict[str, Any]:
    return job(trial={**parse_yaml(JOB)["trial"], **changes})


def translated(fields: dict[str, Any]) -> Translation:
    """The translation, whose fields must be a valid spec."""
    translation = translate(fields, Path.cwd())
    Spec.checked(translation.fields, is_trusted=True)
    return translation


def refusals(fields: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(SpecError) as caught:
        translated(fields)
    return dict(caught.value.problems)


def test_a_job_is_the_spec_that_says_the_same() -> None:
    assert translated(job()).fields == NATIVE


def test_one_notice_names_all_that_has_no_effect() -> None:
    assert translated(job()).notices == (f"{NO_EFFECT}: $schema, trial.environment, compute",)


@pytest.mark.parametrize(
    "spec",
    [
        NATIVE,
        {
            "trial": {"command": "./train", "code": {"path": "src", "copy": False}},
            "inputs": {"epochs": 3, "table": {"type": "uri_file", "path": "table.csv"}},
            "outputs": {"model": None, "log": {"type": "uri_file"}},
            "compute": {"type": "local", "threads_per_trial": 1},
            "early_termination": {"type": "bandit", "slack_factor": 0.1, "evaluation_interval": 2},
        },
        {"trial": {"command": "./train"}, "compute": "local", "baseline": {"rate": 0.1}, "tags": {"a": "b"}},
        {"trial": {"estimator": "sklearn.svm.SVC"}, "compute": "cpu-cluster", "identity": {}},
        {"trial": {"function": "my:train"}, "search_space": {"--lr": {"spec": "uniform"}}},
    ],
)
def test_a_spec_stays_as_it_is(spec: dict[str, Any]) -> None:
    translation = translate(spec, Path.cwd())
    assert translation.fields == spec
    assert translation.notices == ()


def test_no_field_of_a_spec_is_taken_for_a_misspelt_one_of_a_job() -> None:
    spec = dict.fromkeys(Spec.model_fields) | {"trial": {"command": "./train"}}
    assert translate(spec, Path.cwd()).dropped == {}


UNIFORM = {"type": "uniform", "min_value": 0.01, "max_value": 0.9}


@pytest.mark.parametrize(
    ("fields", "ours"),
    [
        (job(type="Sweep"), {}),
        (job(type="sweep_job"), {}),
        ({name: value for name, value in job(job_type="Sweep").items() if name != "type"}, {}),
        (job(name="test1", display_name="a test", description="d", experiment_name="e"),
         {"name": "test1", "display_name": "a test", "description": "d", "experiment_name": "e"}),
        (job(tags={"team": "a", "version": 2, "day": date(2024, 1, 31), "empty": None}),
         {"tags": {"team": "a", "version": "2", "day": "2024-01-31", "empty": ""}}),
        # where trials run
        (job(compute="cpu-cluster"), {}),
        (job(compute="azureml:gpu"), {}),
        (job(compute="serverless"), {}),
        (job(compute=None), {}),
        (job(compute={"target": "azureml:cpu", "instance_count": 1}), {}),
        (job(compute="local"), {"compute": "local"}),
        (job(resources={"instance_count": 2, "shm_size": "4g"}, identity={"type": "user_identity"}), {}),
        (job(services={"jupyter": {"type": "jupyter_lab"}}, queue_settings={"job_tier": "standard"}), {}),
        (job(properties={"_azureml.ComputeTargetType": "amlcompute"}, settings={"default_compute": "a"}), {}),
        (job(status="Completed", id="azureml:/a", creation_context={"created_by": "me"}, log_files={}), {}),
        # samplers
        (job(sampling_algorithm="Random"), {"sampling_algorithm": "Random"}),
        (job(sampling_algorithm="bayesian"), {"sampling_algorithm": "bayesian"}),
        (job(sampling_algorithm={"type": "Bayesian"}), {"sampling_algorithm": {"type": "Bayesian"}}),
        (job(sampling_algorithm={"type": "random", "rule": "Sobol", "seed": 1}),
         {"sampling_algorithm": {"type": "random", "rule": "Sobol", "seed": 1}}),
        (job(sampling_algorithm={"type": "random", "logbase": "e"}),
         {"sampling_algorithm": {"type": "random", "logbase": "e"}}),
        (job(sampling_algorithm={"type": "random", "logbase": 3.5}),
         {"sampling_algorithm": {"type": "random", "logbase": 3.5}}),
        # objectives
        (job(objective={"primary_metric": "test-multi_logloss", "goal": "Minimize"}),
         {"objective": {"primary_metric": "test-multi_logloss", "goal": "Minimize"}}),
        (job(objective={"primary_metric": "Test accuracy", "goal": "MAXIMIZE"}),
         {"objective": {"primary_metric": "Test accuracy", "goal": "MAXIMIZE"}}),
    ],
)  # fmt: skip
def test_fields_of_the_job(fields: dict[str, Any], ours: dict[str, Any]) -> None:
    assert translated(fields).fields == {**NATIVE, **ours}


def test_a_compute_of_ours_without_its_type_is_not_dropped_as_one_of_azures() -> None:
    with pytest.raises(SpecError, match=r"compute\.type: is required"):
        translated(job(compute={"gpus_per_trial": 1}))


@pytest.mark.parametrize(
    ("limits", "ours"),
    [
        ({"max_total_trials": 3, "max_concurrent_trials": None},
         {"max_total_trials": 3, "max_concurrent_trials": None}),
        ({"max_total_trials": "20", "timeout": "7200"}, {"max_total_trials": "20", "timeout": "7200"}),
        ({"max_total_trials": 3, "trial_timeout": 60}, {"max_total_trials": 3, "trial_timeout": 60}),
        ({"max_total_trials": 3, "timeout_minutes": 120}, {"max_total_trials": 3, "timeout": 7200}),
        ({"max_total_trials": 3, "timeout": "PT2H30M"}, {"max_total_trials": 3, "timeout": 9000.0}),
        ({"max_total_trials": 3, "trial_timeout": "PT30M"}, {"max_total_trials": 3, "trial_timeout": 1800.0}),
        ({"max_total_trials": 3, "timeout": "P1DT1S"}, {"max_total_trials": 3, "timeout": 86401.0}),
        ({"max_total_runs": 3, "max_concurrent_runs": 2, "max_duration_minutes": 1},
         {"max_total_trials": 3, "max_concurrent_trials": 2, "timeout": 60}),
    ],
)  # fmt: skip
def test_limits(limits: dict[str, Any], ours: dict[str, Any]) -> None:
    assert translated(job(limits=limits)).fields["limits"] == ours


@pytest.mark.parametrize("limits", [{}, {"timeout": 60}, None])
def test_a_job_without_a_number_of_trials_runs_as_many_as_documented(limits: dict[str, Any] | None) -> None:
    fields = job(limits=limits)
    if limits is None:
        del fields["limits"]
    translation = translated(fields)
    assert translation.fields["limits"] == {**(limits or {}), "max_total_trials": 1000}
    assert translation.notices[1] == (
        "limits.max_total_trials: is not given, so that up to 1,000 trials run, as in Azure ML"
    )


def test_a_spec_of_our_own_must_say_how_many_trials_it_runs() -> None:
    spec = {name: value for name, value in NATIVE.items() if name != "limits"}
    assert refusals(spec) == {"limits": "is required"}


@pytest.mark.parametrize(
    ("policy", "ours"),
    [
        (None, None),
        ("median_stopping", "median_stopping"),
        ("MedianStopping", "median_stopping"),
        ({"type": "Median_Stopping", "delay_evaluation": 5},
         {"type": "median_stopping", "delay_evaluation": 5}),
        ({"type": "bandit", "slack_factor": 0.2, "evaluation_interval": 2, "delay_evaluation": 6},
         {"type": "bandit", "slack_factor": 0.2, "evaluation_interval": 2, "delay_evaluation": 6}),
        ({"type": "Bandit", "slack_amount": 0.1}, {"type": "bandit", "slack_amount": 0.1}),
        ({"type": "bandit", "slack_factor": 0.2, "slack_amount": 0, "evaluation_interval": 0},
         {"type": "bandit", "slack_factor": 0.2}),
        ({"type": "bandit", "slack_factor": None, "slack_amount": 0.2, "delay_evaluation": None},
         {"type": "bandit", "slack_amount": 0.2}),
        ({"policy_type": "truncation_selection", "truncation_percentage": 20},
         {"type": "truncation_selection", "truncation_percentage": 20}),
        ({"spec": "truncation", "truncation_percentage": 20, "exclude_finished_jobs": True},
         {"type": "truncation_selection", "truncation_percentage": 20, "exclude_finished_jobs": True}),
        ({"spec": "median", "delay_evaluation": 5}, {"type": "median_stopping", "delay_evaluation": 5}),
        ({"type": "TruncationSelection", "truncation_percentage": 10, "exclude_finished_jobs": True},
         {"type": "truncation_selection", "truncation_percentage": 10, "exclude_finished_jobs": True}),
        ("none", None),
        ({"type": "NoTerminationPolicy"}, None),
    ],
)  # fmt: skip
def test_policies(policy: Any, ours: Any) -> None:
    assert translated(job(early_termination=policy)).fields["early_termination"] == ours


@pytest.mark.parametrize(
    ("expression", "ours"),
    [
        ({"type": "Choice", "values": ["gbdt", "dart"]}, None),
        ({"type": "choice", "values": [1, 0.5, True, None, "a b"]}, None),
        ({"type": "randint", "upper": 10}, None),
        ({"type": "LogUniform", "min_value": -6, "max_value": -1}, None),
        ({"type": "QUniform", "min_value": 1, "max_value": 100, "q": 10}, None),
        ({"type": "qloguniform", "min_value": 1, "max_value": 3, "q": 2}, None),
        ({"type": "normal", "mu": 10, "sigma": 3}, None),
        ({"type": "qnormal", "mu": 0, "sigma": 1, "q": 0.4}, None),
        ({"type": "lognormal", "mu": -3, "sigma": 1}, None),
        ({"type": "qlognormal", "mu": 1, "sigma": 1, "q": 1}, None),
        ({"spec": "uniform", "min_value": 0, "max_value": 1},
         {"type": "uniform", "min_value": 0, "max_value": 1}),
        ({"type": "randint", "lower": 0, "upper": 4}, None),
        ({"type": "randint", "lower": 10, "upper": 13}, None),
        ({"type": "choice", "values": [[1, 2], [3]]}, None),
        ({"type": "choice", "literal": True, "values": [{"-a.b": 1}, None]}, None),
        ({"type": "choice", "values": [{"c": 9, "d": {"spec": "normal", "mu": 0, "sigma": 1}}, {"e": 1}]},
         {"type": "choice", "values": [{"c": 9, "d": {"type": "normal", "mu": 0, "sigma": 1}}, {"e": 1}]}),
    ],
)  # fmt: skip
def test_expressions(expression: dict[str, Any], ours: dict[str, Any] | None) -> None:
    assert translated(job(search_space={"rate": expression})).fields["search_space"] == {
        "rate": ours or expression
    }


@pytest.mark.parametrize(
    ("name", "ours", "notices"),
    [
        ("rate", "rate", []),
        ("--rate", "rate", []),
        ("-rate", "rate", []),
        ("--learning-rate", "learning_rate", ["search_space.--learning-rate: is called learning_rate here"]),
        ("learning.rate", "learning_rate", ["search_space.learning.rate: is called learning_rate here"]),
    ],
)
def test_names_of_parameters(name: str, ours: str, notices: list[str]) -> None:
    command = f"python ${{{{search_space.{name}}}}} ${{{{ inputs.{name} }}}} {{search_space.{name}}}"
    fields = of_trial(command=command, environment_variables={"RATE": f"${{{{search_space.{name}}}}}"})
    translation = translated({**fields, "search_space": {name: UNIFORM}})
    assert list(translation.fields["search_space"]) == [ours]
    assert translation.fields["trial"] == {
        "code": "src",
        "command": f"python ${{{{search_space.{ours}}}}} ${{{{ inputs.{ours} }}}} {{search_space.{ours}}}",
        "environment_variables": {"RATE": f"${{{{search_space.{ours}}}}}"},
    }
    assert list(translation.notices[1:]) == notices


def test_two_names_must_not_become_one() -> None:
    assert refusals(job(search_space={"rate": UNIFORM, "--rate": UNIFORM})) == {
        "search_space.--rate": "is 'rate' here, which is the name of another parameter too"
    }


FILE = {"type": "uri_file", "path": "data.csv"}


@pytest.mark.parametrize(
    ("given", "ours"),
    [
        (0.5, 0.5),
        ("scale", "scale"),
        (False, False),
        (None, None),
        ({"value": 42}, 42),
        ({"type": "number", "default": 3}, 3),
        ({"type": "string", "optional": True}, None),
        (FILE, FILE),
        ({"path": "data.csv"}, {"path": "data.csv"}),
        ({"path": "data.csv", "mode": "ro_mount", "datastore": "a"}, {"path": "data.csv"}),
        ({"type": "UriFile", "path": "data.csv", "mode": "download"}, FILE),
        ({"type": "uri_file", "path": "file:./data.csv"}, {"type": "uri_file", "path": "./data.csv"}),
        ({"type": "uri_file", "path": "file:data.csv"}, FILE),
        ({"type": "mltable", "path": "data.csv"}, {"type": "mltable", "path": "data.csv"}),
        ({"type": "mlflow_model", "path": "data.csv"}, {"type": "mlflow_model", "path": "data.csv"}),
        # the forms of the previews
        ({"file": "data.csv"}, FILE),
        ({"file": "file:data.csv", "mode": "mount"}, FILE),
        ({"folder": "src"}, {"type": "uri_folder", "path": "src"}),
        ({"data": "data.csv", "mode": "mount"}, {"path": "data.csv"}),
        ({"data": {"path": "data.csv"}, "mode": "mount"}, {"path": "data.csv"}),
        ({"data": {"local_path": "data.csv", "mode": "mount"}}, {"path": "data.csv"}),
        ({"data": {"file": "data.csv"}}, FILE),
        ({"dataset": "data.csv"}, {"path": "data.csv"}),
        ({"local_path": "data.csv"}, {"path": "data.csv"}),
        ({"type": "path", "path": "data.csv"}, {"path": "data.csv"}),
    ],
)  # fmt: skip
def test_inputs(given: Any, ours: Any, folder: Path) -> None:
    (folder / "data.csv").touch()
    assert translated(job(inputs={"table": given})).fields["inputs"] == {"table": ours}


def test_a_remote_input_says_how_to_name_its_copy() -> None:
    for path in ("azureml:iris:1", "https://host/iris.csv", "wasbs://a@b.blob.core.windows.net/iris.csv"):
        assert refusals(job(inputs={"iris": {"file": path}})) == {
            "inputs.iris.path": "is on another machine: name its copy on this one by --input iris=PATH, "
            f"got '{path}'"
        }


@pytest.mark.parametrize(
    ("given", "ours", "dropped"),
    [
        (None, None, []),
        ({}, {}, []),
        ({"type": "uri_file"}, {"type": "uri_file"}, []),
        ({"type": "UriFolder", "mode": "upload"}, {"type": "uri_folder"}, ["mode"]),
        ({"mode": "rw_mount", "path": "azureml://datastores/a/paths/b", "name": "m", "version": "1"}, {},
         ["mode", "name", "path", "version"]),
        ({"data": {"path": "azureml:a"}}, {}, ["data"]),
        ("azureml://datastores/a", None, [""]),
    ],
)  # fmt: skip
def test_outputs(given: Any, ours: Any, dropped: list[str]) -> None:
    translation = translated(job(outputs={"model": given}))
    assert translation.fields["outputs"] == {"model": ours}
    paths = {path for path in translation.dropped if path.startswith("outputs")}
    assert paths == {f"outputs.model.{name}".rstrip(".") for name in dropped}


@pytest.mark.parametrize(
    ("code", "ours"),
    [
        ("src", "src"),
        ("./src", "./src"),
        ("file:./src", "./src"),
        ({"local_path": "src"}, "src"),
        ({"directory": "src"}, "src"),
        ({"path": "src"}, "src"),
        ({"path": "src", "copy": False}, {"path": "src", "copy": False}),
        (None, None),
    ],
)
def test_code(code: Any, ours: Any) -> None:
    assert translated(of_trial(code=code)).fields["trial"]["code"] == ours


def test_code_that_is_a_file_is_the_folder_around_it(folder: Path) -> None:
    (folder / "src/train.py").touch()
    for code in ("src/train.py", {"file": "src/train.py"}):
        translation = translated(of_trial(code=code))
        assert translation.fields["trial"]["code"] == "src"
        assert translation.notices[1:] == (
            "trial.code: 'src/train.py' is a file; the folder around it is used",
        )


def test_code_in_azure_says_what_to_name() -> None:
    assert refusals(of_trial(code="azureml:my_code:1")) == {
        "trial.code": "is on another machine: name a folder of this one, as --set trial.code=PATH does, "
        "got 'azureml:my_code:1'"
    }


@pytest.mark.parametrize(
    "environment",
    [
        "azureml:AzureML-sklearn-1.5@latest",
        "azureml://registries/azureml/environments/sklearn-1.5/labels/latest",
        {"image": "python:3.8"},
        {"image": "mcr.microsoft.com/azureml", "conda_file": "file:environment.yml"},
        {"docker": {"build": {"dockerfile": "file:Dockerfile"}}},
        {"build": {"path": ".", "dockerfile_path": "Dockerfile"}},
    ],
)
def test_environments_have_no_effect(environment: Any) -> None:
    translation = translated(of_trial(environment=environment))
    assert translation.fields == NATIVE
    assert translation.dropped["trial.environment"] == environment


def test_fields_of_a_trial_without_effect_are_dropped() -> None:
    fields = of_trial(
        resources={"instance_count": 1},
        distribution={"type": "pytorch", "process_count_per_instance": 1},
        queue_settings={"job_tier": "spot"},
        services={},
        type="command",
        name="azureml_anonymous",
        version="1",
        is_deterministic=True,
        display_name="d",
        description="d",
        tags={},
        properties={},
    )
    translation = translated(fields)
    assert translation.fields == NATIVE
    named = {"resources", "distribution", "queue_settings", "type", "name", "version", "is_deterministic"}
    named |= {"display_name", "description", "environment"}
    assert translation.dropped.keys() - {"$schema", "compute"} == {f"trial.{name}" for name in named}


def test_environment_variables_are_texts() -> None:
    variables = {"A": "set", "B": 1, "C": True, "D": None}
    spec = Spec.checked(translated(of_trial(environment_variables=variables)).fields, is_trusted=True)
    assert spec.trial.model_dump()["environment_variables"] == {"A": "set", "B": "1", "C": "true", "D": ""}


def test_compute_and_inputs_inside_the_trial_are_warned_of(folder: Path) -> None:
    (folder / "data.csv").touch()
    fields = of_trial(
        command="python main.py {inputs.iris}",
        compute={"target": "azureml:cpu"},
        inputs={"iris": {"file": "data.csv"}},
    )
    translation = translated(fields)
    assert translation.fields["inputs"] == {"iris": FILE}
    assert translation.notices[1:] == (
        "trial.compute: belongs to the top of the job; it has no effect here",
        "trial.inputs: belong to the top of the job, where they are taken to be",
    )


@pytest.mark.parametrize("install", ["pip install 'mlflow<2.19' -q", "python -m pip  install -r a.txt"])
def test_a_command_that_installs_packages_is_warned_of(install: str) -> None:
    translation = translated(of_trial(command=f"{install} && python main.py"))
    assert translation.notices[1:] == (
        "trial.command: installs packages into the environment that it runs in, in every trial; install them "
        "once, and leave that out",
    )


def test_the_timeout_of_a_command_is_that_of_a_trial() -> None:
    limits = translated(of_trial(limits={"timeout": 60})).fields["limits"]
    assert limits == {**NATIVE["limits"], "trial_timeout": 60}


FIRST = """
type: sweep_job
algorithm: grid
trial:
  code: {local_path: src}
  command: python main.py --rate {search_space.rate} --data {inputs.table}
  environment: azureml:basic:1
  compute: {target: azureml:cpu-cluster}
  inputs: {table: {data: {path: data.csv}, mode: mount}}
search_space: {rate: {type: choice, values: [1, 2]}}
objective: {primary_metric: loss, goal: minimize}
max_total_trials: 3
max_concurrent_trials: 2
timeout_minutes: 120
environment_variables: {A: b}
"""


def test_a_job_of_the_first_version(folder: Path) -> None:
    (folder / "data.csv").touch()
    assert translated(parse_yaml(FIRST)).fields == {
        "type": "sweep",
        "trial": {
            "code": "src",
            "command": "python main.py --rate {search_space.rate} --data {inputs.table}",
            "environment_variables": {"A": "b"},
        },
        "search_space": {"rate": {"type": "choice", "values": [1, 2]}},
        "objective": {"primary_metric": "loss", "goal": "minimize"},
        "sampling_algorithm": "grid",
        "limits": {"max_total_trials": 3, "max_concurrent_trials": 2, "timeout": 7200},
        "inputs": {"table": {"path": "data.csv"}},
    }


def test_a_job_whose_command_stands_at_its_top() -> None:
    fields = parse_yaml(JOB) | parse_yaml(JOB)["trial"] | {"type": "sweep_job"}
    del fields["trial"]
    assert translated(fields).fields == NATIVE
    assert refusals({**fields, "code": "nowhere"}) == {
        "trial.code": f"there is no folder '{Path.cwd()}/nowhere'"
    }
