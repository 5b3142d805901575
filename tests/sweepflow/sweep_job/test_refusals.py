"""What is refused in a sweep job, where, and what to do instead."""

from pathlib import Path
from typing import Any

import pytest

from sweepflow.errors import SpecError
from sweepflow.spec.spec import Spec
from sweepflow.sweep_job import translate

SPACE = {"rate": {"type": "uniform", "min_value": 0.01, "max_value": 0.9}}
JOB = {
    "$schema": "https://azuremlschemas.azureedge.net/latest/sweepJob.schema.json",
    "type": "sweep",
    "trial": {"command": "python main.py ${{search_space.rate}}", "environment": "azureml:a:1"},
    "search_space": SPACE,
    "objective": {"primary_metric": "loss", "goal": "minimize"},
    "limits": {"max_total_trials": 20},
}
COMMAND = {"command": "python main.py", "code": "src", "environment": "azureml:a:1"}

A_PIPELINE = "a pipeline is not supported: write {} into a file of its own, as a job of `type: sweep`"
AN_AUTOML_JOB = (
    "an AutoML job is not supported: name what to tune, as `trial: {estimator: sklearn.svm.SVC}` with `data` "
    "(sweepflow init TABLE --target COLUMN writes such a spec), or a script by `command`"
)
A_COMMAND_JOB = (
    "a command job has nothing to tune: write `type: sweep`, put command and code under `trial`, and add "
    "`search_space`, `objective` and `limits`"
)


def check(fields: dict[str, Any]) -> None:
    job = translate(fields, Path.cwd())
    with job.in_the_users_words():
        Spec.checked(job.fields, is_trusted=True)


def refusals(fields: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(SpecError) as caught:
        check(fields)
    return dict(caught.value.problems)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"type": "pipeline", "jobs": {"prepare": {"type": "command"}, "sweep_step": {"type": "sweep"}}},
         {"type": A_PIPELINE.format("its step 'sweep_step'")}),
        ({"type": "Pipeline", "jobs": {"train": {"type": "command"}}},
         {"type": A_PIPELINE.format("the step to tune")}),
        ({"jobs": {"sweep_step": {"type": "sweep"}}}, {"": A_PIPELINE.format("its step 'sweep_step'")}),
        ({"type": "automl", "task": "classification"}, {"type": AN_AUTOML_JOB}),
        ({"task": "image_classification", "training_data": {}, "search_space": [SPACE]}, {"": AN_AUTOML_JOB}),
        ({"type": "command", **COMMAND}, {"type": A_COMMAND_JOB}),
        ({"type": "command_job", **COMMAND}, {"type": A_COMMAND_JOB}),
        ({"type": "command", **COMMAND, "search_space": SPACE}, {"type": A_COMMAND_JOB}),
        (COMMAND, {"": A_COMMAND_JOB}),
    ],
)  # fmt: skip
def test_other_jobs(fields: dict[str, Any], why: dict[str, str]) -> None:
    assert refusals(fields) == why


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"identiti": {}}, {"identiti": "unknown field 'identiti'; did you mean 'identity'?"}),
        ({"search_spaces": SPACE},
         {"search_spaces": "unknown field 'search_spaces'; did you mean 'search_space'?"}),
        ({"trial": {**COMMAND, "code": None, "enviroment": "a"}},
         {"trial.enviroment": "unknown field 'enviroment'; did you mean 'environment'?"}),
        ({"trial": {**COMMAND, "code": None, "comand": "a"}},
         {"trial.comand": "unknown field 'comand'; did you mean 'command'?"}),
        ({"limits": {"max_total_trial": 3}},
         {"limits.max_total_trial": "unknown field 'max_total_trial'; did you mean 'max_total_trials'?"}),
        ({"search_space": {"--rate": {"type": "uniform", "min_value": 1}}},
         {"search_space.--rate.max_value": "is required"}),
        ({"search_space": {"rate": {"type": "unifrom"}}},
         {"search_space.rate.type": "unknown type 'unifrom'; did you mean 'uniform'?"}),
        ({"limits": {"max_total_trials": 3, "timeout_minutes": 0}},
         {"limits.timeout_minutes": "must be > 0, got 0"}),
        ({"limits": {"max_total_trials": 3, "timeout_minutes": 1, "timeout": 60}},
         {"limits.timeout_minutes": "must not be given beside timeout"}),
        ({"early_termination": {"policy_type": "bandit"}},
         {"early_termination": "exactly one of slack_factor and slack_amount must be given, got neither"}),
        ({"inputs": {"table": "${{parent.inputs.table}}"}},
         {"inputs.table": "takes its value from a pipeline: write the value itself, got "
          "'${{parent.inputs.table}}'"}),
        ({"inputs": {"table": {"type": "uri_file", "path": "${{ parent.jobs.a.outputs.b }}"}}},
         {"inputs.table": "takes its value from a pipeline: write the value itself, got "
          "'${{ parent.jobs.a.outputs.b }}'"}),
        ({"trial": {"command": "ls", "inputs": [3]}}, {"trial.inputs": "must be a mapping, got [3]"}),
        ({"trial": "a\0b"}, {"trial": "must not contain the character '\\x00'"}),
        ({"objective": {"primary_metric": "loss", "goal": "best"}},
         {"objective.goal": "must be 'maximize' or 'minimize', got 'best'"}),
        ({"trial": {"command": "python ${{search_space.rat}}"}},
         {"trial.command": "there is no search_space.rat; did you mean 'rate'?"}),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_the_paths_of_the_job(
    changes: dict[str, Any], why: dict[str, str] | None
) -> None:
    problems = refusals({**JOB, **changes})
    if why is None:
        assert list(problems) == ["trial.command"]
    else:
        assert problems == why


def test_mistakes_in_a_job_of_the_first_version_are_told_where_they_are() -> None:
    fields = {
        **{name: value for name, value in JOB.items() if name not in ("limits", "$schema")},
        "algorithm": "randon",
        "max_total_trials": 0,
        "timeout_minutes": -1,
    }
    assert refusals(fields) == {
        "algorithm": "unknown type 'randon'; did you mean 'random'?",
        "max_total_trials": "must be >= 1, got 0",
        "timeout_minutes": "must be > 0, got -60",
    }
