"""Notebooks for the Azure SDK v1, cell by cell in a real kernel."""

import shutil
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from nbclient.exceptions import CellExecutionError

from kernels import Kernel, cells
from ledgers import ledger_of
from pages import ROOT
from v1_script import STAND_IN

EXAMPLE = ROOT / "examples/azure/classic/hyperdrive.ipynb"

SLOW_SCRIPT = """
import argparse, pathlib, time
from azureml.core import Run
parser = argparse.ArgumentParser()
parser.add_argument("--x", type=float)
arguments = parser.parse_args()
Run.get_context().log("score", arguments.x)
(pathlib.Path(STARTED) / str(arguments.x)).touch()
while pathlib.Path(STARTED).exists():
    time.sleep(0.05)
"""

SUBMIT = """
from azureml.core import Experiment, ScriptRunConfig, Workspace
from sweepflow.azure.hyperdrive.runs import _started
from azureml.train.hyperdrive import GridParameterSampling, HyperDriveConfig, PrimaryMetricGoal, choice
config = HyperDriveConfig(
    run_config=ScriptRunConfig(source_directory=".", script="slow.py"),
    hyperparameter_sampling=GridParameterSampling({"x": choice(1, 2, 3)}),
    primary_metric_name="score",
    primary_metric_goal=PrimaryMetricGoal.MAXIMIZE,
    max_total_runs=3,
    max_concurrent_runs=2,
)
run = Experiment(Workspace.from_config(), "slow").submit(config)
print(_started[run.id]._process.pid)
"""

INTERRUPT = """
import os, pathlib, signal, threading, time
def interrupt():
    while len(list(pathlib.Path(STARTED).iterdir())) < 2:
        time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGINT)  # as Jupyter does
threading.Thread(target=interrupt).start()
run.wait_for_completion(show_output=True)
"""


def printed(cell: Any) -> str:
    return "".join(output.get("text", "") for output in cell.outputs)


def test_the_example_is_committed_without_outputs() -> None:
    code = [cell for cell in nbformat.read(EXAMPLE, 4).cells if cell.cell_type == "code"]
    assert code
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)


@pytest.mark.usefixtures("home_of_commands")
def test_the_notebook_of_the_classic_exercise_runs_cell_by_cell(
    kernel_environment: dict[str, str], home: Path, tmp_path: Path
) -> None:
    shutil.copytree(EXAMPLE.parent, tmp_path / "examples/azure/classic")
    (tmp_path / "data").mkdir()
    shutil.copy(ROOT / "data/breast_cancer.csv", tmp_path / "data")
    notebook = nbformat.read(EXAMPLE, 4)
    kernel = Kernel(notebook, tmp_path / "examples/azure/classic")
    kernel.execute(env=kernel_environment)
    by_line = {cell.source.splitlines()[0]: cell for cell in notebook.cells if cell.cell_type == "code"}
    waited = printed(by_line["hyperdrive_run.wait_for_completion(show_output=True)"]).splitlines()
    assert waited[0].startswith("RunId: HD_")
    assert sorted(line[:17] for line in waited[1:-1]) == [f"trial {n} completed" for n in range(4)]
    assert waited[-1].startswith("Completed: best Accuracy 0.9")
    best = printed(by_line["best_run = hyperdrive_run.get_best_run_by_primary_metric()"])
    assert best.startswith(f"Best Run Id:  {waited[0].removeprefix('RunId: ')}_")
    assert "'outputs/model.joblib'" in best
    assert "hyperdrive_model version: 1 {'Method': 'HyperDrive'}" in printed(by_line["import joblib"])
    assert "LogisticRegression(C=" in by_line["import joblib"].outputs[-1].data["text/plain"]
    assert (home / "azure/models/hyperdrive_model/1/files/model.joblib").is_file()
    submitted = by_line["# Submit the hyperdrive run to the experiment and show run details with the widget"]
    assert 'value="4" max="4"' in submitted.outputs[-1].data["text/html"]  # as it is when all cells have run
    assert "4/4 trials done" in submitted.outputs[-1].data["text/html"]


@pytest.mark.usefixtures("home_of_commands")
def test_an_interrupt_stops_the_sweep_which_can_be_resumed_and_leaves_no_process(
    kernel_environment: dict[str, str], home: Path, tmp_path: Path
) -> None:
    (tmp_path / "started").mkdir()
    started = f"STARTED = {str(tmp_path / 'started')!r}\n"
    (tmp_path / "work").mkdir()
    (tmp_path / "work/slow.py").write_text(started + SLOW_SCRIPT)
    notebook = cells(SUBMIT, started + INTERRUPT)
    with pytest.raises(CellExecutionError, match="KeyboardInterrupt"):
        Kernel(notebook, tmp_path / "work").execute(
            env={**kernel_environment, "PYTHONPATH": path_with_stand_in()}
        )
    with ledger_of(home) as ledger:
        [sweep] = ledger.sweeps()
        states = [trial.state for trial in ledger.trials(sweep.id)]
    assert sweep.state == "canceled"
    assert states == ["canceled", "canceled"]
    assert f"interrupted; to go on: sweepflow resume {sweep.id}" in printed(notebook.cells[1])
    assert not psutil.pid_exists(int(printed(notebook.cells[0])))
    running = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    shutil.rmtree(tmp_path / "started")  # ends the scripts if they are left, which is the fault
    assert [command for command in running if "slow.py" in command] == []


def path_with_stand_in() -> str:
    return f"{STAND_IN}:{ROOT}"
