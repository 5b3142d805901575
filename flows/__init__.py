"""Sweepflow's flows, and the command line that calls them.

Import this before Prefect, so that the embedded server starts with settings under which it records every
task run. With its defaults it writes one task run per transaction, and loses the rest when the flow ends.
"""

import os

SETTINGS = {
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
    # A sweep ends when the last flush is over. In whole seconds: Prefect cuts less to 0, and never rests.
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    # The first start migrates a new database, which takes up to 20 s, Prefect's own limit.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    # Seconds from the click in the UI to the flow run; Prefect's default of 10 looks like a failure.
    "PREFECT_RUNNER_POLL_FREQUENCY": "3",
    # Without a network, telemetry does nothing but print errors.
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    # Without this, Prefect's client prints a notice about telemetry in the middle of a user's first sweep.
    "DO_NOT_TRACK": "1",
}

for _name, _value in SETTINGS.items():
    os.environ.setdefault(_name, _value)
