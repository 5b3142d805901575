"""Specs for the tests of the flow, and what they read from Prefect's database."""

import logging
from typing import Any

from prefect.client.orchestration import get_client


def function_spec(function: str, values: list[Any], **limits: Any) -> dict[str, Any]:
    """The spec of a grid sweep of a function over these values of `x`."""
    return {
        "trial": {"function": f"flow_trainers:{function}"},
        "search_space": {"x": {"type": "choice", "values": values}},
        "sampling_algorithm": {"type": "grid"},
        "objective": {"primary_metric": "score", "goal": "maximize"},
        "limits": {"max_total_trials": len(values), "max_concurrent_trials": 2, **limits},
    }


def task_runs(flow_run_id: str) -> dict[str, Any]:
    """The flow run's task runs by name."""
    runs = _find("task_runs", flow_run_id)
    assert len({run["name"] for run in runs}) == len(runs)
    return {run["name"]: run for run in runs}


def artifacts(flow_run_id: str) -> dict[str, Any]:
    """The flow run's artifacts by key, without its result, which is an artifact without a key."""
    return {artifact["key"]: artifact for artifact in _find("artifacts", flow_run_id) if artifact["key"]}


def log_records(flow_run_id: str, level: str) -> list[dict[str, Any]]:
    """The log records of the flow run and its task runs, of that level or above."""
    number = logging.getLevelNamesMapping()[level]
    body = {"logs": {"flow_run_id": {"any_": [flow_run_id]}, "level": {"ge_": number}}, "limit": 200}
    with get_client(sync_client=True) as client:
        records: list[dict[str, Any]] = client.request("POST", "/logs/filter", json=body).json()
    return records


def _find(kind: str, flow_run_id: str) -> list[dict[str, Any]]:
    body = {"flow_runs": {"id": {"any_": [flow_run_id]}}, "limit": 200}
    with get_client(sync_client=True) as client:
        rows: list[dict[str, Any]] = client.request("POST", f"/{kind}/filter", json=body).json()
    return rows
