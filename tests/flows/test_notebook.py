"""Notebooks in real kernels."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

from kernels import Kernel, cells
from sweepflow.base.settings import ledger_url
from sweepflow.ledger.ledger import Ledger
from sweeps import function_spec

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "tune_hyperparameters.ipynb"


def test_the_example_is_committed_without_outputs() -> None:
    code = [cell for cell in nbformat.read(EXAMPLE, 4).cells if cell.cell_type == "code"]
    assert code
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)


def test_the_example_runs_from_top_to_bottom_with_progress_that_lives(
    kernel_environment: dict[str, str],
) -> None:
    notebook = nbformat.read(EXAMPLE, 4)
    kernel = Kernel(notebook, EXAMPLE.parent)
    kernel.execute(env=kernel_environment)
    assert "starting" in kernel.progress[0]
    assert len(set(kernel.progress)) > 5
    assert 'value="24" max="24"' in kernel.progress[-1]
    assert "24/24 trials done, 0 running" in kernel.progress[-1]
    figures = [output for cell in notebook.cells for output in cell.get("outputs", []) if is_figure(output)]
    assert len(figures) == 3
    assert "of 20 are right" in notebook.cells[-2].outputs[0].text


def is_figure(output: Any) -> bool:
    return "application/vnd.plotly.v1+json" in output.get("data", {})


def test_an_interrupted_cell_leaves_a_sweep_that_can_be_resumed(
    kernel_environment: dict[str, str], home: Path, tmp_path: Path
) -> None:
    started = tmp_path / "started"
    started.mkdir()
    spec = function_spec("slow", [1, 2, 3]) | {"display_name": "<b>slow</b>"}
    interrupts = f"""
import os, pathlib, signal, threading, time
def interrupt():
    while len(list(pathlib.Path({str(started)!r}).iterdir())) < 2:
        time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGINT)  # as Jupyter does
threading.Thread(target=interrupt).start()
"""
    kernel = Kernel(
        cells("from sweepflow.flows.notebook import tune", interrupts, f"tune(**{spec!r})"), tmp_path
    )
    with pytest.raises(CellExecutionError, match="KeyboardInterrupt"):
        kernel.execute(env={**kernel_environment, "TRIAL_STARTED": str(started)})
    [sweep_folder] = (home / "sweeps").iterdir()
    assert f"interrupted; to go on: sweepflow resume {sweep_folder.name}" in kernel.progress[-1]
    assert "&lt;b&gt;slow&lt;/b&gt;" in kernel.progress[-1]
    ledger = Ledger(ledger_url())
    states = [trial.state for trial in ledger.trials(sweep_folder.name)]
    ledger.close()
    assert states == ["canceled", "canceled"]


def test_a_mistake_in_the_spec_is_told_before_prefect_is_imported(
    kernel_environment: dict[str, str], tmp_path: Path
) -> None:
    spec = function_spec("plain", [1]) | {"limits": {"max_total_trial": 1}}
    told = "import sys; print('prefect imported:', 'sweepflow.flows.tune' in sys.modules)"
    notebook = cells(
        "from sweepflow.flows.notebook import tune", f"try:\n    tune(**{spec!r})\nfinally:\n    {told}"
    )
    with pytest.raises(CellExecutionError, match="did you mean 'max_total_trials'"):
        Kernel(notebook, tmp_path).execute(env=kernel_environment)
    assert notebook.cells[-1].outputs[0].text.endswith("prefect imported: False\n")
