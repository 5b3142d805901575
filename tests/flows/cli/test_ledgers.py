import json
import re
from pathlib import Path
from typing import Any

import pytest

import postgres
from commands import call, start
from serving import until
from sweepflow.fields.yaml import to_yaml
from sweepflow.ledger.ledger import Ledger
from sweeps import function_spec

NOWHERE = "postgresql://me:hunter2@127.0.0.1:1/tuning"


def spec_file(folder: Path, name: str, values: list[Any]) -> Path:
    file = folder / f"{name}.yml"
    file.write_text(to_yaml(function_spec("mixed", values)))
    return file


def test_two_sweeps_at_once_write_to_one_ledger(
    environment: dict[str, str], tmp_path: Path, home: Path, url: str
) -> None:
    values = {"rising": [*range(30), "raises too"], "falling": [*range(30, 0, -1), "raises"]}
    processes = {
        name: start(
            {**environment, "SWEEPFLOW_LEDGER": url},
            "run",
            spec_file(tmp_path, name, values[name]),
            "--json",
        )
        for name in values
    }
    outputs = {name: process.communicate() for name, process in processes.items()}
    assert [process.returncode for process in processes.values()] == [0, 0], outputs
    ledger = Ledger(url)
    for name, (out, err) in outputs.items():
        result = json.loads(out)
        assert result["trials"]["completed"] == 30
        assert result["trials"]["failed"] == 1
        trials, metrics = ledger.trials(result["sweep_id"]), ledger.metrics(result["sweep_id"])
        assert [row.parameters["x"] for row in trials] == values[name]
        assert {row.number: row.value for row in metrics} == dict(enumerate(values[name][:-1]))
        assert postgres.PASSWORD not in out + err
    ledger.close()
    told = [path for path in tmp_path.rglob("*") if path.is_file() and _has_password(path)]
    assert told == []


def _has_password(path: Path) -> bool:
    found = path.read_bytes()
    return postgres.PASSWORD.encode() in found or b"sesame" in found


@pytest.mark.parametrize("command", ["run", "backtest"])
def test_a_ledger_that_cannot_be_reached_exits_with_2_before_prefect_starts(
    tmp_path: Path, home: Path, command: str
) -> None:
    policy = tmp_path / "policy.yml"
    policy.write_text("{type: median_stopping}")
    arguments = [spec_file(tmp_path, "spec", [1])] if command == "run" else ["some-sweep", policy]
    unreachable = {"SWEEPFLOW_LEDGER": NOWHERE, "PREFECT_API_URL": "http://127.0.0.1:9/api"}
    done = call(command, *arguments, "--json", environment=unreachable)
    assert done.returncode == 2, done.stderr
    [error] = json.loads(done.stdout)["errors"]
    told = "the ledger in postgresql://me:***@127.0.0.1:1/tuning cannot be used: connection "
    assert error["message"].startswith(told)
    assert "hunter2" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_dry_run_needs_no_ledger(home: Path, tmp_path: Path) -> None:
    file = spec_file(tmp_path, "spec", [1])
    done = call("run", file, "--dry-run", environment={"SWEEPFLOW_LEDGER": NOWHERE})
    assert done.returncode == 0, done.stderr


def test_a_ledger_that_goes_away_in_the_middle_fails_the_sweep_in_one_sentence(
    environment: dict[str, str], tmp_path: Path, postgres_server: postgres.Server
) -> None:
    started = tmp_path / "started"
    started.mkdir()
    file, url = tmp_path / "spec.yml", postgres_server.new_url()
    file.write_text(to_yaml(function_spec("slow", list(range(50)), trial_timeout=1)))
    own = {"SWEEPFLOW_LEDGER": url, "TRIAL_STARTED": str(started)}
    process = start({**environment, **own}, "run", file, "--json")
    until(lambda: process.poll() is not None or list(started.iterdir()))
    assert process.poll() is None
    postgres_server.drop(url)
    out, err = process.communicate()
    assert process.returncode == 1, err
    result = json.loads(out)
    assert result["state"] == "failed"
    assert re.fullmatch("the ledger in .* cannot be used: relation .* does not exist", result["error"])
    assert postgres.PASSWORD not in out + err
    assert "Traceback" not in err
