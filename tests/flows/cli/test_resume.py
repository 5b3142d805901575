"""Sweeps that are killed, interrupted or have failed go on where they stood."""

import json
import signal
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect.client.orchestration import get_client
from prefect.flow_engine import run_flow

from commands import call, run, start
from ledgers import ledger_of
from serving import until
from sweepflow.errors import SweepFailed
from sweepflow.fields.yaml import to_yaml
from sweepflow.flows.tune import tune
from sweepflow.ledger.ledger import SweepRow
from sweepflow.trials.rows import TrialRow
from sweeps import function_spec


@pytest.fixture
def runs(tmp_path: Path, environment: dict[str, str]) -> Path:
    """A file to which the trainer `gated` adds a line whenever it begins a trial; gates are beside it."""
    file = tmp_path / "gates" / "runs"
    file.parent.mkdir()
    environment["TRIAL_GATES"] = str(file.parent)
    file.touch()
    return file


@pytest.fixture
def gates_here(runs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That file, for commands in this process."""
    monkeypatch.setenv("TRIAL_GATES", str(runs.parent))
    return runs


@pytest.fixture
def spec_file(tmp_path: Path) -> Path:
    """Six trials, of which numbers 3 and 4 wait at a gate."""
    file = tmp_path / "spec.yml"
    file.write_text(to_yaml(function_spec("gated", ["1", "2", "3", "gate 4", "gate 5", "6"])))
    return file


def finish(environment: dict[str, str], *arguments: object) -> tuple[int, dict[str, Any], str]:
    """Exit code, answer and standard error of a command that is a process of its own."""
    done = run(environment, *arguments, "--json")
    return done.returncode, json.loads(done.stdout), done.stderr


def called(*arguments: object) -> tuple[int, dict[str, Any], str]:
    """The same of one in this process."""
    done = call(*arguments, "--json")
    return done.returncode, json.loads(done.stdout), done.stderr


def wait_for_gates(process: "subprocess.Popen[str]", runs: Path, n: int) -> None:
    def are_reached() -> bool:
        assert process.poll() is None, process.communicate()
        return sum(line.startswith("gate") for line in runs.read_text().splitlines()) >= n

    until(are_reached)


def record(home: Path, sweep_id: str) -> tuple[SweepRow, list[TrialRow]]:
    with ledger_of(home) as ledger:
        sweep = ledger.sweep(sweep_id)
        assert sweep is not None
        return sweep, ledger.trials(sweep_id)


def killed_at_the_gates(
    environment: dict[str, str], spec_file: Path, runs: Path, home: Path, sign: signal.Signals
) -> tuple[str, int, str]:
    """The ID of a sweep that got this signal while two trials ran, its exit code and what it printed."""
    process = start(environment, "run", spec_file, "--json")
    wait_for_gates(process, runs, 2)
    process.send_signal(sign)
    output, errors = process.communicate()
    (folder,) = (home / "sweeps").iterdir()
    return folder.name, process.returncode, output + errors


def test_a_killed_sweep_goes_on_and_runs_only_what_had_not_ended(
    environment: dict[str, str], spec_file: Path, runs: Path, home: Path
) -> None:
    sweep_id, *_ = killed_at_the_gates(environment, spec_file, runs, home, signal.SIGKILL)
    sweep, trials = record(home, sweep_id)
    assert sweep.state == "running"
    ended = {row.number: row.ended for row in trials if row.state == "completed"}
    assert set(ended) == {0, 1, 2}
    (runs.parent / "open").touch()
    elsewhere = {
        **environment,
        "PYTHONPATH": str(Path(__file__).parents[3]),
    }  # the trainer's place is recorded
    code, result, errors = finish(elsewhere, "resume", sweep_id)
    assert code == 0, errors
    assert result["sweep_id"] == sweep_id
    assert result["trials"]["completed"] == result["trials"]["total"] == 6
    assert result["best"]["number"] == 5
    sweep, trials = record(home, sweep_id)
    assert sweep.state == "completed"
    assert {row.number: row.ended for row in trials if row.number in ended} == ended
    begun = Counter(runs.read_text().splitlines())
    assert begun == {"1": 1, "2": 1, "3": 1, "gate 4": 2, "gate 5": 2, "6": 1}
    with ledger_of(home) as ledger:
        assert Counter(row.number for row in ledger.metrics(sweep_id)) == dict.fromkeys(range(6), 2)


def test_an_interrupted_sweep_says_how_to_go_on_and_does(
    environment: dict[str, str], spec_file: Path, runs: Path, home: Path
) -> None:
    sweep_id, code, told = killed_at_the_gates(environment, spec_file, runs, home, signal.SIGTERM)
    assert code == 143
    assert f"to go on: sweepflow resume {sweep_id}" in told
    _, trials = record(home, sweep_id)
    assert [row.state for row in trials] == ["completed"] * 3 + ["canceled"] * 2
    (runs.parent / "open").touch()
    code, result, errors = finish(environment, "resume", sweep_id)
    assert code == 0, errors
    assert result["trials"] == {
        "total": 6, "completed": 6, "terminated": 0, "failed": 0, "timed_out": 0, "canceled": 0
    }  # fmt: skip


def test_a_sweep_that_runs_cannot_be_resumed(
    environment: dict[str, str], spec_file: Path, runs: Path, home: Path
) -> None:
    process = start(environment, "run", spec_file, "--json")
    wait_for_gates(process, runs, 2)
    (folder,) = (home / "sweeps").iterdir()
    code, answer, _ = called("resume", folder.name)
    assert code == 2
    assert f"is being run by process {process.pid}" in answer["errors"][0]["message"]
    (runs.parent / "open").touch()
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    assert json.loads(output)["state"] == "completed"


@pytest.mark.usefixtures("server")
def test_only_runs_just_the_trials_in_these_states_again(
    tmp_path: Path, gates_here: Path, home: Path
) -> None:
    file = tmp_path / "spec.yml"
    file.write_text(to_yaml(function_spec("gated", ["1", "closed 2", "3", "closed 9", "5"])))
    code, first, errors = called("run", file)
    assert code == 0, errors
    assert first["trials"]["failed"] == 2
    assert first["best"]["number"] == 4
    (gates_here.parent / "open").touch()
    code, again, errors = called("resume", first["sweep_id"], "--only", "failed,timed_out")
    assert code == 0, errors
    assert again["trials"]["completed"] == 5
    assert again["best"]["number"] == 3
    assert again["wall_seconds"] > first["wall_seconds"]
    begun = Counter(gates_here.read_text().splitlines())
    assert begun == {"1": 1, "closed 2": 2, "3": 1, "closed 9": 2, "5": 1}
    kept = home / "sweeps" / first["sweep_id"] / "trials/0001/outputs/runs"
    assert kept.read_text() == "closed 2\n" * 2  # what the failed attempt has written was still there


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no-such-sweep"], "there is no sweep 'no-such-sweep'"),
        (["../../etc"], "there is no sweep '../../etc'"),
        (["x", "--only", "completed"], "must be some of failed, timed_out, canceled, got 'completed'"),
        (["x", "--only", ""], "must be some of failed, timed_out, canceled, got ''"),
    ],
)
def test_a_wrong_resume_exits_with_2(home: Path, arguments: list[str], message: str) -> None:
    code, answer, errors = called("resume", *arguments)
    assert code == 2
    assert message in answer["errors"][0]["message"]
    assert "Traceback" not in errors


@pytest.mark.usefixtures("server")
def test_prefects_retry_of_a_failed_flow_run_goes_on(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAL_GATES", str(tmp_path))
    spec = function_spec("gated", ["1", "closed 2", "closed 3", "4"], max_concurrent_trials=1)
    spec["limits"]["max_failed_trials"] = 1
    with pytest.raises(SweepFailed, match="2 trials have failed"):
        tune(**spec)
    (folder,) = (home / "sweeps").iterdir()
    sweep_id = folder.name
    with ledger_of(home) as ledger:
        for number in (1, 2):
            ledger.restart_trial(sweep_id, number)  # as if the machine had died, and not the trials
    (tmp_path / "open").touch()
    with get_client(sync_client=True) as client:
        flow_run = client.read_flow_run(UUID(sweep_id))
    result = run_flow(tune, flow_run=flow_run, parameters=spec)
    assert (result.sweep_id, result.state) == (sweep_id, "completed")
    assert result.trials.completed == 4
    assert Counter((tmp_path / "runs").read_text().splitlines())["1"] == 1
    assert (folder / "trials/0001/outputs/runs").read_text() == "closed 2\n" * 2
    with get_client(sync_client=True) as client:
        assert client.read_flow_run(UUID(sweep_id)).state_name == "Completed"


@pytest.mark.usefixtures("server")
def test_a_resumed_sweep_uses_its_own_copy_of_the_data(tmp_path: Path, home: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text((Path(__file__).parents[3] / "data/breast_cancer.csv").read_text())
    file = tmp_path / "spec.yml"
    spec = {
        "data": {"path": "table.csv", "target": "diagnosis", "drop": ["id"]},
        "trial": {"estimator": "sklearn.linear_model.LogisticRegression"},
        "search_space": {"C": {"type": "loguniform", "min_value": -3, "max_value": 3}},
        "sampling_algorithm": {"type": "random", "seed": 1},
        "objective": {"primary_metric": "roc_auc", "goal": "maximize"},
        "limits": {"max_total_trials": 3, "max_concurrent_trials": 1},
    }
    file.write_text(to_yaml(spec))
    code, first, errors = called("run", file)
    assert code == 0, errors
    table.write_text("gone\n1\n")
    with ledger_of(home) as ledger:
        ledger.restart_trial(first["sweep_id"], 2)
    code, again, errors = called("resume", first["sweep_id"])
    assert code == 0, errors
    assert again["best"] == first["best"]
    assert again["test_metrics"] == first["test_metrics"]


@pytest.mark.usefixtures("server", "home")
def test_the_time_that_was_used_counts(tmp_path: Path, gates_here: Path) -> None:
    file = tmp_path / "spec.yml"
    file.write_text(
        to_yaml(function_spec("gated", ["1", "gate 2", "3"], timeout=20, max_concurrent_trials=1))
    )
    code, first, errors = called("run", file)
    assert code == 0, errors
    assert first["trials"] == {
        "total": 2, "completed": 1, "terminated": 0, "failed": 0, "timed_out": 0, "canceled": 1
    }  # fmt: skip
    code, again, errors = called("resume", first["sweep_id"])
    assert code == 0, errors
    assert again["trials"] == first["trials"]  # what its timeout has canceled is not run again
    assert Counter(gates_here.read_text().splitlines()) == {"1": 1, "gate 2": 1}
    code, answer, _ = called("resume", first["sweep_id"], "--only", "canceled")
    assert code == 2
    assert answer["errors"][0]["path"] == "limits.timeout"
