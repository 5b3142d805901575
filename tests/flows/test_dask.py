"""Sweeps on a Dask cluster."""

from pathlib import Path

import pytest

from ledgers import ledger_of
from sweepflow.flows.tune import tune

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
