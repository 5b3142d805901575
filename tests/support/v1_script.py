"""Runs a script for the Azure SDK v1 as a trial does: in a process with a trial's environment."""

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

STAND_IN = Path(__file__).parents[2] / "sweepflow/azure/stand_in"


class Done(NamedTuple):
    """What a script has left."""

    returncode: int
    stdout: str
    stderr: str
    metrics: list[dict[str, Any]]
    """The lines that it has logged, in order."""
    outputs: Path
    folder: Path

    @property
    def logged(self) -> list[dict[str, Any]]:
        """The lines of what it has logged beside numbers."""
        return _lines(self.outputs / "logged.jsonl")


def run_script(
    text: str,
    folder: Path,
    *arguments: str,
    inputs: Mapping[str, object] | None = None,
    in_trial: bool = True,
    environment: Mapping[str, str] | None = None,
) -> Done:
    """Run the text as `train.py` in a folder of its own below this one."""
    code, outputs, metrics = folder / "code", folder / "outputs", folder / "metrics.jsonl"
    code.mkdir(exist_ok=True)
    outputs.mkdir(exist_ok=True)
    (code / "train.py").write_text(textwrap.dedent(text))
    usual = {name: value for name, value in os.environ.items() if not name.startswith("SWEEPFLOW_")}
    own = {
        "PYTHONPATH": str(STAND_IN),
        "SWEEPFLOW_INPUTS": json.dumps({k: str(v) for k, v in (inputs or {}).items()}),
    }
    if in_trial:
        own |= {"SWEEPFLOW_METRICS": str(metrics), "SWEEPFLOW_OUTPUTS": str(outputs), "SWEEPFLOW_TRIAL": "7"}
    done = subprocess.run(
        [sys.executable, "train.py", *arguments],
        cwd=code,
        env={**usual, **own, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr, _lines(metrics), outputs, code)


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
