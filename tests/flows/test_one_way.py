"""A spec is checked once and its data are prepared once, and each way in finds the same mistakes."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from commands import call, run, start
from ledgers import ledger_of
from sweepflow.errors import SpecError
from sweepflow.fields.yaml import to_yaml
from sweepflow.flows.tune import tune
from sweepflow.spec.spec import Spec
from sweepflow.trials.state import SweepState
from sweeps import function_spec

TRACED = """
import os
import sys

from sklearn.tree import DecisionTreeClassifier


def note(what):
    with open(os.environ["TRACE"], "a") as file:
        file.write(f"{os.getpid()} {what}\\n")


def note_opening(event, arguments):
    if event == "open" and str(arguments[0]).endswith("table.csv"):
        note("read")


sys.addaudithook(note_opening)


class Traced(DecisionTreeClassifier):
    def fit(self, *arguments, **options):
        note("fit")
        return super().fit(*arguments, **options)
"""
ESTIMATOR_SPEC = {
    "data": {"path": "table.csv", "target": "kind"},
    "trial": {"estimator": "traced.Traced"},
    "search_space": {"max_depth": {"type": "choice", "values": [2, 3]}},
    "sampling_algorithm": "grid",
    "objective": {"primary_metric": "accuracy", "goal": "maximize"},
    "limits": {"max_total_trials": 2, "max_concurrent_trials": 1},
    "refit": False,
}


@pytest.fixture
def traced(environment: dict[str, str], tmp_path: Path) -> Any:
    """Runs the command on a table; gives what its own process did with the data, and how often."""
    (tmp_path / "traced.py").write_text(TRACED)
    rows = "".join(f"{number},{'yes' if number % 2 else 'no'}\n" for number in range(100))
    (tmp_path / "table.csv").write_text(f"size,kind\n{rows}")
    (tmp_path / "spec.yml").write_text(to_yaml(ESTIMATOR_SPEC))

    def trace_of(*options: str) -> Counter[str]:
        name = "-".join(("run", *options))
        trace, own_home = tmp_path / f"{name}.trace", tmp_path / f"{name}.home"
        own = {
            "TRACE": str(trace),
            "SWEEPFLOW_HOME": str(own_home),
            "SWEEPFLOW_ESTIMATOR_PACKAGES": "traced",
        }
        with start({**environment, **own}, "run", tmp_path / "spec.yml", *options) as process:
            told = process.communicate()
        assert process.returncode == 0, told
        noted = (line.split() for line in trace.read_text().splitlines())
        return Counter(what for pid, what in noted if int(pid) == process.pid)

    return trace_of


def test_a_run_looks_at_its_data_once_as_a_dry_run_does(traced: Any) -> None:
    once = traced("--dry-run")
    assert once["fit"] == 1  # of a few rows
    assert once["read"] >= 1
    assert traced() == once


def test_a_run_that_starts_warm_says_so_once_and_records_from_where(
    environment: dict[str, str], home: Path, tmp_path: Path
) -> None:
    first = tune(**function_spec("plain", [1, 2]))
    (tmp_path / "spec.yml").write_text(to_yaml({**function_spec("plain", [2, 3]), "warm_start": "latest"}))
    done = run(environment, "run", tmp_path / "spec.yml", "--json")
    assert done.returncode == 0, done.stderr
    told = f"warm_start: 1 trials of {first.sweep_id} count; 1 lie outside the search space"
    assert done.stderr.count(told) == 1
    with ledger_of(home) as ledger:
        second = ledger.sweep(json.loads(done.stdout)["sweep_id"])
        assert second is not None
        assert second.spec["warm_start"] == [first.sweep_id]
        assert [row.parameters for row in ledger.trials(second.id)] == [{"x": 2}, {"x": 3}]


WRONG = {**function_spec("plain", [1, 2]), "constraints": ["x >", "y < 1"]}
TOLD = [
    ("constraints.0", "is no condition: invalid syntax in 'x >'"),
    ("constraints.1", "unknown parameter 'y'; known: x"),
]


def told_by_command(*arguments: str) -> list[tuple[str, str]]:
    done = call(*arguments, "--json")
    assert done.returncode == 2, done.stderr
    return [(error["path"], error["message"]) for error in json.loads(done.stdout)["errors"]]


def test_a_wrong_constraint_is_told_alike_by_run_and_nothing_is_recorded(home: Path, tmp_path: Path) -> None:
    (tmp_path / "spec.yml").write_text(to_yaml(WRONG))
    assert told_by_command("run", str(tmp_path / "spec.yml")) == TOLD
    assert not home.exists()


def test_a_wrong_constraint_is_told_alike_by_resume(home: Path) -> None:
    recorded = Spec.parse(WRONG)
    with ledger_of(home) as ledger:
        ledger.start_sweep("s", recorded.model_dump(mode="json"))
        ledger.end_sweep("s", SweepState.CANCELED, "interrupted")
    assert told_by_command("resume", "s") == TOLD


@pytest.mark.parametrize("is_deployed", [False, True])
@pytest.mark.usefixtures("server")
def test_a_wrong_constraint_is_told_alike_by_the_flow_and_nothing_is_recorded(
    home: Path, monkeypatch: pytest.MonkeyPatch, is_deployed: bool
) -> None:
    if is_deployed:
        monkeypatch.setenv("PREFECT__FLOW_RUN_ID", "11111111-1111-1111-1111-111111111111")
        monkeypatch.setenv("SWEEPFLOW_FUNCTION_MODULES", "flow_trainers")
    with pytest.raises(SpecError) as caught:
        tune(**WRONG)
    assert [tuple(problem) for problem in caught.value.problems] == TOLD
    assert not home.exists()
