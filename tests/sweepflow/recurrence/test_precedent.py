"""Which earlier sweep was asked the same."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledgers import ledger_of
from sweepflow.ledger.ledger import Ledger
from sweepflow.recurrence.precedent import is_same_search, precedent
from sweepflow.spec.spec import Spec
from sweepflow.trials.state import SweepState

CORES = 2
FIELDS: dict[str, Any] = {
    "data": {"path": "monday.csv", "target": "y"},
    "trial": {"estimator": "sklearn.linear_model.LogisticRegression"},
    "search_space": {"C": {"type": "uniform", "min_value": 0, "max_value": 1}},
    "objective": {"primary_metric": "roc_auc", "goal": "maximize"},
    "limits": {"max_total_trials": 5},
}


def spec_of(**changes: Any) -> Spec:
    return Spec.parse({**FIELDS, **changes})


RECORDED = spec_of().settled(17, CORES)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"name": "x", "display_name": "x", "description": "x", "experiment_name": "x", "tags": {"a": "b"}},
        {"on_unchanged_data": "skip"},
        {"warm_start": "latest"},
        {"data": {"path": "tuesday.csv", "target": "y"}},
        {"limits": {"max_total_trials": 5, "max_concurrent_trials": 3, "max_failed_trials": 1, "retries": 2}},
        {"sampling_algorithm": {"type": "random", "seed": 17}},
        {"compute": {"type": "local", "threads_per_trial": 1}},
        {"compute": {"type": "local", "gpus_per_trial": 1, "gpus": [0]}},
    ],
)
def test_labels_speed_place_and_an_open_seed_do_not_matter(changes: dict[str, Any]) -> None:
    assert is_same_search(spec_of(**changes), RECORDED, CORES)


@pytest.mark.parametrize(
    "changes",
    [
        {"sampling_algorithm": {"type": "random", "seed": 18}},
        {"sampling_algorithm": {"type": "bayesian"}},
        {"data": {"path": "monday.csv", "target": "z"}},
        {"data": {"path": "monday.csv", "target": "y", "drop": ["id"]}},
        {"data": {"path": "monday.csv", "target": "y", "columns": ["x", "y"]}},
        {"validation": {"seed": 1}},
        {"trial": {"estimator": "sklearn.linear_model.LogisticRegression", "parameters": {"tol": 0.1}}},
        {"trial": {"estimator": "sklearn.linear_model.Ridge", "target": {"transform": "log1p"}}},
        {"trial": {"estimator": "sklearn.linear_model.LogisticRegression", "threshold": {"metric": "f1"}}},
        {"search_space": {"C": {"type": "uniform", "min_value": 0, "max_value": 2}}},
        {"constraints": ["C < 0.5"]},
        {"require": ["predict_ms <= 2"]},
        {"objective": {"primary_metric": "accuracy", "goal": "maximize"}},
        {"metrics": ["accuracy"]},
        {"early_termination": "median_stopping"},
        {"stop_when": {"target": 0.9}},
        {"refit": False},
        {"baseline": {"C": 0.5}},
        {"baseline": "none"},
        {"select": "best"},
        {"limits": {"max_total_trials": 6}},
        {"limits": {"max_total_trials": 5, "timeout": 60}},
        {"limits": {"max_total_trials": 5, "trial_timeout": 60}},
        {"inputs": {"rows": 100}},
        {"outputs": {"model": None}},
    ],
)
def test_all_that_decides_the_result_matters(changes: dict[str, Any]) -> None:
    assert not is_same_search(spec_of(**changes), RECORDED, CORES)


def test_every_field_of_the_spec_has_been_thought_of() -> None:
    """A new one matters unless precedent.py says that it does not; then add it to the tests above."""
    assert set(Spec.model_fields) == {
        "type", "name", "display_name", "description", "experiment_name", "tags", "data", "validation",
        "trial", "search_space", "constraints", "require", "sampling_algorithm", "objective", "metrics",
        "early_termination", "warm_start", "stop_when", "on_unchanged_data", "limits", "compute", "refit",
        "baseline", "inputs", "outputs", "select",
    }  # fmt: skip


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with ledger_of(tmp_path) as ledger:
        yield ledger


def record(ledger: Ledger, sweep_id: str, spec: Spec, *, model: Path | None = None, **facts: Any) -> None:
    state = facts.pop("state", SweepState.COMPLETED)
    ledger.start_sweep(sweep_id, spec.model_dump(mode="json"), **{"data_fingerprint": "f", **facts})
    ledger.select(sweep_id, {"model_path": model and str(model)})
    ledger.end_sweep(sweep_id, state)


def found(ledger: Ledger, spec: Spec, home: Path) -> str | None:
    past = precedent(ledger, spec, home, CORES)
    return past.sweep_id if past else None


def test_the_last_completed_one_counts(ledger: Ledger, tmp_path: Path) -> None:
    assert found(ledger, spec_of(), tmp_path) is None
    record(ledger, "a", RECORDED)
    record(ledger, "b", RECORDED)
    record(ledger, "other", spec_of(refit=False))
    record(ledger, "failed", RECORDED, state=SweepState.FAILED)
    record(ledger, "canceled", RECORDED, state=SweepState.CANCELED)
    record(ledger, "without-data", RECORDED, data_fingerprint=None)
    ledger.start_sweep("running", RECORDED.model_dump(mode="json"), "f")
    assert found(ledger, spec_of(), tmp_path) == "b"


def test_one_whose_model_is_gone_does_not_count(ledger: Ledger, tmp_path: Path) -> None:
    model = tmp_path / "model.skops"
    model.touch()
    record(ledger, "a", RECORDED, model=model)
    assert found(ledger, spec_of(), tmp_path) == "a"
    model.unlink()
    assert found(ledger, spec_of(), tmp_path) is None


@pytest.mark.parametrize("path", ["", "rows.csv"])
def test_a_command_counts_while_its_input_files_are_the_same(
    path: str, ledger: Ledger, tmp_path: Path
) -> None:
    folder = tmp_path / "table"
    folder.mkdir()
    file = folder / "rows.csv"
    file.touch()
    spec = spec_of(trial={"command": "cat ${{inputs.table}}"}, inputs={"table": {"path": str(folder / path)}})
    for entry in (file, folder):
        os.utime(entry, (0, 0))
    record(ledger, "a", spec.settled(1, CORES))
    assert found(ledger, spec, tmp_path) == "a"
    os.utime(file, (2**32, 2**32))
    assert found(ledger, spec, tmp_path) is None


def test_a_metric_of_ones_own_counts_while_its_file_is_the_same(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "own_profit.py"
    file.write_text("import sweepflow\n@sweepflow.metric\ndef profit(truth, prediction): return 1.0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    spec = spec_of(metrics=["own_profit:profit"])
    spec.check(is_trusted=True)
    os.utime(file, (0, 0))
    assert spec.code_root == str(tmp_path)  # where a resumed sweep imports it from
    record(ledger, "a", spec.settled(1, CORES), code_root=spec.code_root)
    assert found(ledger, spec, tmp_path) == "a"
    os.utime(file, (2**32, 2**32))
    assert found(ledger, spec, tmp_path) is None
    del sys.modules["own_profit"]


def test_a_function_counts_while_its_file_is_the_same(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "own_trainer.py"
    file.write_text("from sweepflow import trainer\n\n@trainer\ndef train(parameters, data, report): ...\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    spec = spec_of(trial={"function": "own_trainer:train"})
    spec.check(is_trusted=True)
    os.utime(file, (0, 0))
    record(ledger, "a", spec.settled(1, CORES), code_root=spec.code_root)
    assert found(ledger, spec, tmp_path) == "a"
    os.utime(file, (2**32, 2**32))
    assert found(ledger, spec, tmp_path) is None
    os.utime(file, (0, 0))
    record(ledger, "b", spec.settled(1, CORES), code_root="/another/folder")
    assert found(ledger, spec, tmp_path) == "a"
    del sys.modules["own_trainer"]
