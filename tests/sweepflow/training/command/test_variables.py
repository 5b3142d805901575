"""Which environment variables a command sees, and that secrets are recorded nowhere."""

import pytest

from ledgers import ledger_of
from sweepflow.archive.folder import SweepFolder
from sweepflow.errors import SpecError
from sweepflow.running.resumption import resumption
from sweepflow.running.sweep import RunningSweep
from sweepflow.running.trial_runner import TrialRunner
from sweepflow.spec.file import write_spec
from sweepflow.spec.spec import Spec

SECRETS = {
    "HF_TOKEN": "hunter2",
    "PREFECT_API_KEY": "hunter2",
    "AWS_SESSION_NAME": "hunter2",
    "DATABASE": "postgresql://me:hunter2@host/db",
    "SWEEPFLOW_LEDGER": "",
}
OPEN = {"MY_FOLDER": "/data", "TOKENIZERS_PARALLELISM": "false"}
PRINTS = 'env; echo \'{"loss": 1}\' >> "$SWEEPFLOW_METRICS"'


@pytest.fixture(autouse=True)
def variables(monkeypatch):
    for name, value in {**SECRETS, **OPEN}.items():
        monkeypatch.setenv(name, value)


def spec(command=PRINTS, **variables):
    return Spec.checked(
        {
            "trial": {"command": command, "environment_variables": variables},
            "search_space": {"x": {"type": "choice", "values": [1]}},
            "objective": {"primary_metric": "loss", "goal": "minimize"},
            "limits": {"max_total_trials": 1},
        },
        is_trusted=True,
    )


def environment_of_script(spec, tmp_path):
    """What a real script finds in its environment."""
    folder = SweepFolder(tmp_path, "s").create()
    with ledger_of(tmp_path) as ledger, spec.pool(1, 1, tmp_path / "workers.log") as pool:
        ledger.start_sweep("s", spec.model_dump(mode="json"))
        write_spec(spec, folder.path / "spec.yml")
        sweep = RunningSweep("s", spec, resumption(ledger, "s", spec), slots=1)
        runner = TrialRunner(sweep, None, folder, pool)
        (end,) = [runner.run_trial(number) for number in sweep.next(1).numbers]
    assert end.state == "completed", end.reason
    lines = folder.trial_log(0).read_text().splitlines()
    folder.trial_log(0).unlink()
    return dict(line.partition("=")[::2] for line in lines)


def test_secrets_of_the_flow_do_not_reach_a_command_unless_it_names_them(tmp_path):
    seen = environment_of_script(
        spec(PASSWORD="${{env.HF_TOKEN}}", WHERE="in ${{ env.MY_FOLDER }}"), tmp_path
    )
    assert seen.items() >= {**OPEN, "PASSWORD": "hunter2", "WHERE": "in /data"}.items()
    assert {name for name, value in seen.items() if "hunter2" in value} == {"PASSWORD", "HF_TOKEN"}


def test_the_value_of_a_secret_is_in_no_file_of_the_sweep(tmp_path):
    assert environment_of_script(spec(KEY="${{env.HF_TOKEN}}"), tmp_path)["KEY"] == "hunter2"
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert "spec.yml" in {file.name for file in files}
    assert "ledger.db" in {file.name for file in files}
    assert [file for file in files if b"hunter2" in file.read_bytes()] == []


def test_a_command_is_told_of_once_what_it_does_not_see():
    (told,) = (notice for notice in spec().notices(1) if "secrets" in notice)
    assert told.startswith("trial.command: does not see the environment variables that look like secrets (")
    assert "PREFECT_API_KEY" in told
    assert "MY_FOLDER" not in told
    assert "hunter2" not in told


def test_a_secret_that_is_written_in_the_spec_is_warned_of_without_repeating_it():
    notices = [
        notice for notice in spec(WANDB_API_KEY="hunter2", LEVEL="3").notices(1) if "recorded" in notice
    ]
    assert notices == [
        "trial.environment_variables.WANDB_API_KEY: is recorded with the spec, for everybody who sees the "
        "sweep; to keep a secret, set it where the flow runs and write ${{env.WANDB_API_KEY}}"
    ]


@pytest.mark.parametrize(
    ("variables", "path", "message"),
    [
        (
            {"A": "${{env.NOT_SET}}"},
            "A",
            "there is no environment variable 'NOT_SET' where the flow runs: set it",
        ),
        ({"A": "${{search_space.y}}"}, "A", "there is no search_space.y; there is 'x'"),
        ({"A=B": "c"}, "A=B", "its name must have a character, and no ="),
        ({"": "c"}, "", "its name must have a character, and no ="),
        ({"A": "a\0b"}, "A", "must not contain the character '\\x00'"),
    ],
)
def test_variables_that_no_command_can_get_are_refused(variables, path, message):
    with pytest.raises(SpecError) as caught:
        spec(**variables)
    ((where, told),) = caught.value.problems
    assert where == f"trial.environment_variables.{path}"
    assert told.startswith(message)


def test_a_secret_in_the_command_line_is_refused_with_the_cure():
    with pytest.raises(SpecError, match=r"\$\{\{env\.HF_TOKEN\}\}, which every list of processes would show"):
        spec(command="login ${{env.HF_TOKEN}}")
