"""Waits until Prefect's server has recorded all task runs of a flow run.

Task runs reach its database as events, with a delay. An embedded server ends with the flow, and what it has
not recorded by then is lost.
"""

import logging
import time
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import TERMINAL_STATES

_POLL_SECONDS = 0.05
_PATIENCE_SECONDS = 30.0


def wait_until_recorded(flow_run_id: UUID, n_task_runs: int, since: datetime | None = None) -> bool:
    """Whether that many ended task runs are in the database; gives up after 30 s without a new one.

    Task runs that started before `since`, when the flow run ran an earlier time, do not count.
    """
    task_runs: dict[str, Any] = {"state": {"type": {"any_": [state.value for state in TERMINAL_STATES]}}}
    if since is not None:
        task_runs["start_time"] = {"after_": since.isoformat()}
    body = {"flow_runs": {"id": {"any_": [str(flow_run_id)]}}, "task_runs": task_runs}
    n_before, last_change = -1, time.monotonic()
    with get_client(sync_client=True) as client:
        while True:
            n_now = client.request("POST", "/task_runs/count", json=body).json()
            if n_now >= n_task_runs:
                return True
            if n_now != n_before:
                n_before, last_change = n_now, time.monotonic()
            elif time.monotonic() - last_change > _PATIENCE_SECONDS:
                logging.getLogger("prefect.sweepflow").warning(
                    "Prefect has recorded only %d of %d task runs", n_now, n_task_runs
                )
                return False
            time.sleep(_POLL_SECONDS)
