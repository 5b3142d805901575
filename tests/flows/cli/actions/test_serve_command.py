"""`sweepflow serve` with a spec that runs a command: its form runs that command, and no other."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from serving import serving
from sweepflow.fields.yaml import to_yaml
from sweepflow.spec.file import read_spec

TRAIN = """
import json, os, sys

assert os.environ["TOKEN"] == "hunter2"
assert "AWS_SECRET_ACCESS_KEY" not in os.environ
with open(os.environ["SWEEPFLOW_METRICS"], "a") as file:
    file.write(json.dumps({"loss": len(sys.argv[1])}) + "\\n")
"""
SPEC: dict[str, Any] = {
    "trial": {
        "command": "python train.py ${{search_space.x}}",
        "code": "src",
        "environment_variables": {"TOKEN": "${{env.HF_TOKEN}}"},
    },
    "search_space": {"x": {"type": "choice", "values": ["a", "bb"]}},
    "sampling_algorithm": "grid",
    "objective": {"primary_metric": "loss", "goal": "maximize"},
    "limits": {"max_total_trials": 2, "max_concurrent_trials": 1},
}


@pytest.fixture
def spec_file(tmp_path: Path) -> Path:
    """A spec whose code lies beside it."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src/train.py").write_text(TRAIN)
    file = tmp_path / "script.yml"
    file.write_text(to_yaml(SPEC))
    return file


@pytest.mark.usefixtures("home_of_commands")
def test_a_served_command_runs_with_other_values_and_another_command_does_not(
    migrated_prefect: Callable[[Path], None], tmp_path: Path, spec_file: Path
) -> None:
    migrated_prefect(tmp_path / "prefect")
    secrets = {"HF_TOKEN": "hunter2", "AWS_SECRET_ACCESS_KEY": "hunter2"}
    with serving(tmp_path, spec_file, secrets=secrets, last_deployment="tune/nightly") as served:
        names = {each["name"] for each in served.post("/deployments/filter")}
        assert names == {"manual", "nightly"}  # no model to promote, or to score with
        values = ["a", "ccc", "dd"]
        form = {
            "search_space": {"x": {"type": "choice", "values": values}},
            "limits": {"max_total_trials": 3},
        }
        good = served.start("tune/manual", form)
        space = {"x": {"type": "choice", "values": ["$(touch x)"]}}
        trial = {**read_spec(spec_file)["trial"], "command": "id"}
        evil = served.start("tune/manual", {"search_space": space, "trial": trial})
        ended = served.ended(good)
        assert ended["state_name"] == "Completed", ended["state"]["message"]
        assert ended["state"]["message"] == "best loss 3 (trial 1); 3 trials (3 completed)"
        refused = served.ended(evil)
        assert refused["state_name"] == "Failed"
        assert "trial.command: is not allowed in a deployed flow" in refused["state"]["message"]
        assert "hunter2" not in str(served.deployment("tune/manual"))
