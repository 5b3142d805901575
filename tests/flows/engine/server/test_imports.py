"""What the process of a flow imports, told by a fresh interpreter."""

import os
import subprocess
import sys
from pathlib import Path

WITHOUT_A_SERVER = """
import sys
import sweepflow.flows.tune
from prefect.client.orchestration import get_client
from prefect.events.clients import get_events_client
from prefect.settings import PREFECT_API_URL, PREFECT_FLOWS_HEARTBEAT_FREQUENCY

get_client(sync_client=True), get_events_client()  # what Prefect imports its server for
print(PREFECT_API_URL.value(), "prefect.server" in sys.modules, PREFECT_FLOWS_HEARTBEAT_FREQUENCY.value())
"""


def test_the_flows_process_does_not_import_prefects_server_to_use_the_embedded_one(tmp_path: Path) -> None:
    plain = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    own = {**plain, "PREFECT_HOME": str(tmp_path), "SWEEPFLOW_HOME": str(tmp_path)}
    command = [sys.executable, "-c", WITHOUT_A_SERVER]
    done = subprocess.run(command, env=own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    url, imports_server, heartbeat = done.stdout.split()
    assert url.startswith("http://127.0.0.1:")
    assert imports_server == "False"
    assert heartbeat == "None"  # Prefect waits up to a second for the thread of it when a flow ends
