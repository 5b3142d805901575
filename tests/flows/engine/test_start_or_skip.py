"""What a recurring sweep runs when nothing has changed, when the data has, and when that has done harm."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from prefect import tags
from prefect.client.orchestration import get_client

from commands import call
from ledgers import ledger_of
from serving import until
from sweepflow.errors import SpecError
from sweepflow.fields.yaml import to_yaml
from sweepflow.flows.cli.actions.resume import check_resumable
from sweepflow.flows.tune import tune
from sweepflow.ledger.ledger import SweepRow
from sweepflow.models.registry import Registry
from sweepflow.trials.rows import TrialRow
from sweeps import artifacts, log_records

pytestmark = pytest.mark.usefixtures("server", "home")

VALUES = [0.001, 0.01, 0.1, 1.0, 10.0, 100.0]

Fits = Callable[[], int]


@pytest.fixture
def n_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fits:
    """How many models have been fitted since the last call."""
    file, seen = tmp_path / "fits", [0]
    file.touch()
    monkeypatch.setenv("FITS", str(file))

    def count() -> int:
        n_lines = len(file.read_text().splitlines())
        n_new, seen[0] = n_lines - seen[0], n_lines
        return n_new

    return count


def write_rows(
    path: Path, seed: int, n_rows: int = 600, *, turned: bool = False, append: bool = False
) -> None:
    """Rows whose label is told by `a + b`, but for noise; or, turned, by `a - b`."""
    generator = np.random.default_rng(seed)
    table = pd.DataFrame(generator.normal(size=(n_rows, 3)).round(6), columns=["a", "b", "c"])
    signal = table["a"] + (-1 if turned else 1) * table["b"] + generator.normal(0, 0.7, n_rows)
    table["label"] = np.where(signal > 0, "yes", "no")
    if append:
        table = pd.concat([pd.read_csv(path), table])
    table.to_csv(path, index=False)


def spec_of(path: Path, asked: Any, **changes: Any) -> dict[str, Any]:
    return {
        "data": {"path": str(path), "target": "label"},
        "trial": {"function": "flow_trainers:counted"},
        "search_space": {"C": {"type": "choice", "values": VALUES}},
        "sampling_algorithm": {"type": "grid"},
        "objective": {"primary_metric": "roc_auc", "goal": "maximize"},
        "limits": {"max_total_trials": 6, "max_concurrent_trials": 2},
        "on_unchanged_data": asked,
        **changes,
    }


def sweeps_of(home: Path) -> list[SweepRow]:
    with ledger_of(home) as ledger:
        return ledger.sweeps()


def trials_of(home: Path, sweep_id: str) -> list[TrialRow]:
    with ledger_of(home) as ledger:
        return ledger.trials(sweep_id)


@pytest.fixture(autouse=True)
def tag(tmp_path: Path) -> Iterator[str]:
    """Tells this test's flow runs from those of others at the server."""
    with tags(str(tmp_path)):
        yield str(tmp_path)


def last_flow_run(tag: str) -> dict[str, Any]:
    with get_client(sync_client=True) as client:
        body = {"sort": "START_TIME_DESC", "limit": 1, "flow_runs": {"tags": {"all_": [tag]}}}
        found: list[dict[str, Any]] = client.request("POST", "/flow_runs/filter", json=body).json()
    return found[0]


def messages_of(flow_run_id: str) -> list[str]:
    return [record["message"] for record in log_records(flow_run_id, "INFO")]


def test_skip_runs_nothing_on_the_same_data_and_a_sweep_on_others(
    home: Path, tmp_path: Path, n_fits: Fits, tag: str
) -> None:
    path = tmp_path / "rows.csv"
    write_rows(path, seed=1)
    first = tune(**spec_of(path, "skip"))
    assert (n_fits(), first.skipped) == (6, None)

    again = tune(**spec_of(path, "skip", display_name="called otherwise"))
    assert n_fits() == 0
    assert (again.sweep_id, again.model_path, again.best) == (first.sweep_id, first.model_path, first.best)
    assert again.skipped == f"nothing was run: spec and data have not changed since sweep '{first.sweep_id}'"
    assert [sweep.id for sweep in sweeps_of(home)] == [first.sweep_id]
    flow_run = last_flow_run(tag)
    assert flow_run["id"] != first.sweep_id
    assert (flow_run["state"]["type"], flow_run["state"]["name"]) == ("COMPLETED", "Skipped")
    assert flow_run["state"]["message"] == again.skipped
    # Log records reach the server in batches, some time after the flow run has ended.
    until(lambda: again.skipped in messages_of(flow_run["id"]))
    assert messages_of(flow_run["id"]).count(again.skipped) == 1
    assert "have not changed" in artifacts(flow_run["id"])["recurrence"]["data"]
    assert not (home / "sweeps" / flow_run["id"]).exists()
    with pytest.raises(SpecError, match="there is no sweep"):
        check_resumable(flow_run["id"])

    write_rows(path, seed=2)
    changed = tune(**spec_of(path, "skip"))
    assert (n_fits(), changed.skipped) == (6, None)
    assert len(trials_of(home, changed.sweep_id)) == 6


def test_skip_runs_a_sweep_that_asks_for_more_or_whose_model_is_gone(tmp_path: Path, n_fits: Fits) -> None:
    path = tmp_path / "rows.csv"
    write_rows(path, seed=1)
    limits = {"max_total_trials": 2, "max_concurrent_trials": 2}
    small = tune(**spec_of(path, "skip", limits=limits))
    assert n_fits() == 2
    larger = tune(**spec_of(path, "skip", limits={**limits, "max_total_trials": 3}))
    assert (n_fits(), larger.skipped) == (3, None)
    Path(str(small.model_path)).unlink()
    assert tune(**spec_of(path, "skip", limits=limits)).skipped is None
    assert n_fits() == 2


def test_a_probe_of_more_rows_of_the_same_kind_runs_no_sweep_and_is_not_repeated(
    home: Path, tmp_path: Path, n_fits: Fits, tag: str
) -> None:
    path = tmp_path / "rows.csv"
    write_rows(path, seed=1)
    asked = {"type": "probe", "min_improvement": 0.01}
    first = tune(**spec_of(path, asked))
    assert n_fits() == 6
    assert tune(**spec_of(path, asked)).skipped is not None
    assert n_fits() == 0

    write_rows(path, seed=2, append=True)
    probed = tune(**spec_of(path, asked))
    assert n_fits() == 5
    assert probed.sweep_id == first.sweep_id
    assert probed.skipped is not None
    told = f"no sweep was run: the best model of sweep '{first.sweep_id}' held on "
    assert probed.skipped.startswith(told)
    assert "none of 5 past configurations passed it" in probed.skipped
    assert len(sweeps_of(home)) == 1
    flow_run = last_flow_run(tag)
    assert (flow_run["state"]["type"], flow_run["state"]["name"]) == ("COMPLETED", "Probed")
    (file,) = (home / "sweeps" / first.sweep_id / "probes").iterdir()
    record = json.loads(file.read_text())
    assert (record["flow_run_id"], record["goes_on"]) == (flow_run["id"], False)
    # Of 240 test rows about half are new; of the old half, those that were test rows before.
    assert 120 <= record["findings"]["n_rows"] < 200
    assert len(record["findings"]["rivals"]) == 5

    assert "since a probe" in str(tune(**spec_of(path, asked)).skipped)
    assert n_fits() == 0


def test_a_probe_of_data_that_hurts_the_champion_goes_on_to_a_sweep_that_starts_warm(
    home: Path, tmp_path: Path, n_fits: Fits
) -> None:
    path = tmp_path / "rows.csv"
    write_rows(path, seed=1)
    asked = {"type": "probe", "model": "recurring", "min_improvement": 0.02}
    policy = {"type": "bandit", "slack_amount": 0.01}
    first = tune(**spec_of(path, asked, early_termination=policy))
    registry, model = Registry(home), Path(str(first.model_path))
    version = registry.register("recurring", first.sweep_id, model, model.with_name("model-card.md"), {})
    registry.promote("recurring", version, "the first one")
    assert n_fits() == 6

    write_rows(path, seed=2, turned=True)
    second = tune(**spec_of(path, asked, early_termination=policy))
    assert second.skipped is None
    assert second.sweep_id != first.sweep_id
    assert n_fits() == 5 + 6
    newest, _ = sweeps_of(home)
    assert (newest.id, newest.spec["warm_start"]) == (second.sweep_id, [first.sweep_id])
    assert first.best is not None
    assert trials_of(home, second.sweep_id)[0].parameters == first.best.parameters
    told = artifacts(second.sweep_id)["recurrence"]["data"]
    assert "a full sweep follows, warm-started" in told
    assert "the champion, version 1 of" in told
    assert "fell on 120 new rows" in told
    assert second.trials.completed > 0  # the earlier curves, of easier data, have not stopped all

    assert tune(**spec_of(path, asked, early_termination=policy)).sweep_id == second.sweep_id
    assert n_fits() == 0


def test_the_command_line_tells_that_nothing_was_run(tmp_path: Path, n_fits: Fits) -> None:
    path, file = tmp_path / "rows.csv", tmp_path / "spec.yml"
    write_rows(path, seed=1)
    limits = {"max_total_trials": 1, "max_concurrent_trials": 1}
    file.write_text(to_yaml(spec_of(path, "skip", limits=limits)))
    first, again = (call("run", file, "--json") for _ in range(2))
    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    ran, skipped = json.loads(first.stdout), json.loads(again.stdout)
    assert n_fits() == 1
    why = f"nothing was run: spec and data have not changed since sweep '{ran['sweep_id']}'"
    assert skipped == {**ran, "skipped": why}
    assert f"{why}; shown is sweep '{ran['sweep_id']}'" in again.stderr
    assert "skipped" not in ran
