"""What the tests of the flow ask for, and what they look at in Prefect's database."""

import logging
from typing import Any

from prefect.client.orchestration import get_client


def function_spec(function: str, values: list[Any], **limits: Any) -> dict[str, Any]:
    """A sweep by grid of a function over these values of `x`."""
    return {
        "trial": {"function": f"flow_trainers:{function}"},
        "search_space": {"x": {"type": "choice", "values": values}},
        "sampling_algorithm": {"type": "grid"},
        "objective": {"primary_metric": "score", "goal": "maximize"},
        "limits": {"max_total_trials": len(values), "max_concurrent_trials": 2, **limits},
    }


def task_runs(flow_run_id: str) -> dict[str, Any]:
    """The flow run's task runs by name."""
    found = _find("task_runs", flow_run_id)
    assert len({run["name"] for run in found}) == len(found)
    return {run["name"]: run for run in found}


def artifacts(flow_run_id: str) -> dict[str, Any]:
    """The flow run's artifacts by key; its result, which Prefect keeps as one too, has none."""
    return {found["key"]: found for found in _find("artifacts", flow_run_id) if found["key"]}


def log_records(flow_run_id: str, level: str) -> list[dict[str, Any]]:
    """The flow run's records of that level, its task runs' too."""
    number = logging.getLevelNamesMapping()[level]
    body = {"logs": {"flow_run_id": {"any_": [flow_run_id]}, "level": {"ge_": number}}, "limit": 200}
    with get_client(sync_client=True) as client:
        found: list[dict[str, Any]] = client.request("POST", "/logs/filter", json=body).json()
    return found


def _find(kind: str, flow_run_id: str) -> list[dict[str, Any]]:
    body = {"flow_runs": {"id": {"any_": [flow_run_id]}}, "limit": 200}
    with get_client(sync_client=True) as client:
        found: list[dict[str, Any]] = client.request("POST", f"/{kind}/filter", json=body).json()
    return found
