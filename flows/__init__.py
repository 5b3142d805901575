"""Sweepflow's flows, and the command line that calls them.

Imported before Prefect, so that the embedded server starts with settings under which it keeps every task
run: with its defaults it records a task run a transaction, and loses what is left when the flow ends.
"""

import os

SETTINGS = {
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    # The first start migrates a new database, which takes up to 20 s, Prefect's own limit.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    # Seconds from the click in the UI to the flow run; Prefect's own 10 look like a failure.
    "PREFECT_RUNNER_POLL_FREQUENCY": "3",
    # Without a network, telemetry only prints errors.
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
}

for _name, _value in SETTINGS.items():
    os.environ.setdefault(_name, _value)
