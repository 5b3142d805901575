"""deployments/prefect.yaml: it can be deployed, and is the same as what `sweepflow serve` serves."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate

from sweepflow.flows.cli.actions.deployments import deployments
from sweepflow.flows.cli.actions.serve import example_spec
from sweepflow.spec.file import read_spec

ROOT = Path(__file__).parents[2]
FILE = ROOT / "deployments/prefect.yaml"


def deployed() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(FILE.read_text())["deployments"]
    return found


def relative(value: Any) -> Any:
    """The value with paths as they are seen from the root."""
    if isinstance(value, dict):
        return {name: relative(each) for name, each in value.items()}
    return value.removeprefix(f"{ROOT}/") if isinstance(value, str) else value


def test_it_deploys_what_sweepflow_serves() -> None:
    served = {each.name: each for each in deployments(read_spec(example_spec()), "breast-cancer")}
    found = {each["name"]: each for each in deployed()}
    assert found.keys() == served.keys()
    for name, each in found.items():
        other = served[name]
        flow = str(other.entrypoint).removeprefix("sweepflow.served.")
        assert each["entrypoint"] == f"flows/{flow}.py:{flow}"  # the clone's code, and not what is installed
        assert each["parameters"] == relative(other.parameters)
        crons = [schedule.schedule.cron for schedule in other.schedules or []]
        assert [schedule["cron"] for schedule in each.get("schedules", [])] == crons
        assert ("concurrency_limit" in each) is (other.concurrency_limit is not None)
        assert each["enforce_parameter_schema"] is other.enforce_parameter_schema is False


def test_prefect_deploys_all_of_it(server: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PREFECT_API_URL": server, "PREFECT_HOME": str(tmp_path)}
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name="sweepflow", type="process"))
    deploy = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(FILE)]
    done = subprocess.run(deploy, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    with get_client(sync_client=True) as client:
        for each in deployed():
            name = f"{each['entrypoint'].rpartition(':')[2]}/{each['name']}"
            found = client.read_deployment_by_name(name)
            assert found.work_pool_name == "sweepflow"
            assert len(found.schedules) == len(each.get("schedules", []))
