"""Prefect's telemetry: off, unless the user has turned it on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CODE = "import sweepflow.flows, prefect.analytics; print(prefect.analytics.is_telemetry_enabled())"


@pytest.mark.parametrize(("variables", "expected"), [({}, "False"), ({"DO_NOT_TRACK": "0"}, "True")])
def test_prefects_client_sends_and_says_nothing_unless_the_user_turns_it_on(
    variables: dict[str, str], expected: str, tmp_path: Path
) -> None:
    # In an environment that continuous integration has not marked: there it is off anyway.
    environment = {"PATH": os.environ["PATH"], "PREFECT_HOME": str(tmp_path), **variables}
    command = [sys.executable, "-c", CODE]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == expected
