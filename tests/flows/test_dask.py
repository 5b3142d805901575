"""Sweeps on a Dask cluster."""

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from commands import call
from dask_cluster import DaskCluster
from ledgers import ledger_of
from pools import until
from signalled import Signalled, check_stopped, write_spec
from sweepflow.flows.engine.call_context import reporting_progress_to
from sweepflow.flows.tune import tune
from sweepflow.running.progress import Progress
from sweepflow.workers.dask import workforce
from sweeps import artifacts, function_spec, log_records

pytestmark = pytest.mark.usefixtures("server", "home")

SPEC = {
    "data": {
        "path": str(Path(__file__).parents[2] / "data/breast_cancer.csv"),
        "target": "diagnosis",
        "drop": ["id"],
    },
    "trial": {
        "estimator": "sklearn.linear_model.SGDClassifier",
        "parameters": {"random_state": 0},
        "iterations": {"epochs": 6},
    },
    "search_space": {"alpha": {"type": "loguniform", "min_value": -12, "max_value": 0}},
    "sampling_algorithm": {"type": "bayesian", "seed": 3, "deterministic": True},
    "objective": {"primary_metric": "roc_auc", "goal": "maximize"},
    "metrics": ["accuracy"],
    "early_termination": {"type": "bandit", "slack_factor": 0.001, "evaluation_interval": 2},
    "limits": {"max_total_trials": 6, "max_concurrent_trials": 1},
}


def test_a_sweep_on_a_local_cluster_is_the_same_as_one_on_this_machine(home):
    here = tune(**SPEC)
    there = tune(**SPEC, compute={"type": "dask", "cluster": "local", "workers": 1})
    with ledger_of(home) as ledger:
        rows = [ledger.trials(result.sweep_id) for result in (here, there)]
        reports = [
            [(row.number, row.name, row.interval, row.value) for row in ledger.metrics(result.sweep_id)]
            for result in (here, there)
        ]
    trials = [[(row.number, row.parameters, row.state, row.error) for row in each] for each in rows]
    assert trials[0] == trials[1]
    assert {row.state for row in rows[0]} == {"completed", "terminated"}
    plain = [[row for row in each if not row[1].startswith("cost.")] for each in reports]
    assert plain[0] == plain[1]
    assert there.test_metrics == here.test_metrics
    assert there.model_path is not None


def test_commands_wait_for_a_worker_and_see_its_gpus(tmp_path, monkeypatch):
    monkeypatch.setattr(workforce, "_PATIENCE_SECONDS", 0.0)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5,7,9")
    told: list[Progress] = []

    def tell(progress):
        if progress.waits_for and not any(earlier.waits_for for earlier in told):
            cluster.add_workers(1, n_threads=4, resources="GPU=2")
        told.append(progress)

    code = 'log_metric("gpu", int(os.environ["CUDA_VISIBLE_DEVICES"]))'
    code = f"import os; from sweepflow import log_metric; {code}"
    command = f"python -c '{code}' # ${{{{search_space.x}}}}"
    with closing(DaskCluster(tmp_path / "dask", n_workers=0)) as cluster, reporting_progress_to(tell):
        result = tune(
            trial={"command": command},
            search_space={"x": {"type": "choice", "values": [1, 2, 3, 4]}},
            sampling_algorithm="grid",
            objective={"primary_metric": "gpu", "goal": "maximize"},
            limits={"max_total_trials": 4, "max_concurrent_trials": 4, "timeout": 60},
            compute={"type": "dask", "address": cluster.address, "gpus_per_trial": 1},
        )
    sentence = f"compute.address: the Dask scheduler at {cluster.address} has no worker: trials wait for one"
    assert {progress.waits_for for progress in told} == {None, sentence}
    assert told[-1].waits_for is None
    assert [row["message"] for row in log_records(result.sweep_id, "WARNING")] == [sentence]
    assert "4 of 4 trials have ended" in artifacts(result.sweep_id)["progress"]["description"]
    rows = pq.read_table(result.leaderboard_path).to_pylist()
    assert {(row["state"], row["value"]) for row in rows} == {("completed", 5.0), ("completed", 7.0)}


def test_ctrl_c_leaves_no_process_of_a_local_cluster(server, tmp_path):
    started = tmp_path / "started"
    started.mkdir()
    spec = {**function_spec("slow", [1, 2]), "compute": {"type": "dask", "cluster": "local", "workers": 2}}
    run = Signalled(tmp_path / "run", spec, PREFECT_API_URL=server, TRIAL_STARTED=str(started))
    run.until(lambda: len(list(started.iterdir())) == 2)
    run.send(signal.SIGINT)
    check_stopped(run, signal.SIGINT)
    assert run.process.returncode == 130


def test_a_sweep_whose_scheduler_dies_goes_on_with_another(home, tmp_path, monkeypatch):
    gate = tmp_path / "gate"
    monkeypatch.setenv("TRIAL_GATE", str(gate))
    with closing(DaskCluster(tmp_path / "first")) as cluster, ThreadPoolExecutor() as threads:
        spec = {
            **function_spec("waits_at_gate", [1, 2, 3]),
            "compute": {"type": "dask", "address": cluster.address},
        }

        def kill_scheduler():
            until(lambda: reports(home).get(2))
            os.killpg(cluster.scheduler.pid, signal.SIGKILL)

        killing = threads.submit(kill_scheduler)
        failed = call("run", write_spec(tmp_path, spec), "--json")
        killing.result()
    assert failed.returncode == 1, failed.stderr
    answer = json.loads(failed.stdout)
    assert answer["state"] == "failed"
    assert "does not answer any more: resume the sweep once a cluster runs again" in answer["error"]
    assert "Traceback" not in failed.stderr
    gate.touch()
    with closing(DaskCluster(tmp_path / "second")) as cluster:
        monkeypatch.setenv("SWEEPFLOW_DASK_ADDRESS", cluster.address)
        resumed = call("resume", answer["sweep_id"], "--json")
    assert resumed.returncode == 0, resumed.stderr
    assert json.loads(resumed.stdout)["trials"]["completed"] == 3
    assert reports(home) == {0: [1.0], 1: [2.0, 2.0], 2: [3.0, 3.0]}


def reports(home):
    """The values that each trial of the only sweep has reported."""
    found = {}
    if (home / "ledger.db").exists():
        with ledger_of(home) as ledger:
            for sweep in ledger.sweeps():
                for row in ledger.metrics(sweep.id):
                    if not row.is_cost:
                        found.setdefault(row.number, []).append(row.value)
    return found
