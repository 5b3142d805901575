"""A training that is cut off goes on from its checkpoint: the example of the guide, killed for real."""

import json
import os
import signal
from pathlib import Path

import pytest

from commands import call, start
from ledgers import ledger_of
from pages import ROOT, blocks
from serving import until
from sweepflow.fields.yaml import to_yaml

N_EPOCHS = 20
# Counts the epochs of all attempts together, and waits for its death before some of them.
HELD = """
import os
import time
from pathlib import Path

import checkpointed
from sklearn.linear_model import SGDClassifier
from sweepflow import trainer

FOLDER = Path(__file__).parent
EPOCHS = FOLDER / "epochs"
fit = SGDClassifier.partial_fit


def counted(*arguments, **named):
    n_epochs = len(EPOCHS.read_text().splitlines())
    held = FOLDER / f"held-before-{n_epochs}"
    if n_epochs in (5, 12) and not held.exists():
        (FOLDER / "new").write_text(str(os.getpid()))
        (FOLDER / "new").rename(held)
        time.sleep(600)
    with EPOCHS.open("a") as file:
        file.write(f"{os.getpid()}\\n")
    return fit(*arguments, **named)


SGDClassifier.partial_fit = counted
train = trainer(lambda *arguments: checkpointed.train(*arguments))
"""


@pytest.fixture
def spec_file(tmp_path: Path) -> Path:
    """One trial of the example, beside the spec."""
    (example,) = (
        block for block in blocks(ROOT / "docs/how-to/own-function.md") if block.file == "checkpointed.py"
    )
    (tmp_path / "checkpointed.py").write_text(example.text)
    (tmp_path / "held.py").write_text(HELD)
    (tmp_path / "epochs").touch()
    spec = {
        "data": {"path": str(ROOT / "data/breast_cancer.csv"), "target": "diagnosis", "drop": ["id"]},
        "trial": {"function": "held:train"},
        "search_space": {
            "alpha": {"type": "choice", "values": [0.001]},
            "average": {"type": "choice", "values": [True]},
        },
        "objective": {"primary_metric": "accuracy", "goal": "maximize"},
        "limits": {"max_total_trials": 1, "retries": 1},
    }
    file = tmp_path / "spec.yml"
    file.write_text(to_yaml(spec))
    return file


def test_a_training_whose_worker_and_then_whole_sweep_are_killed_trains_no_epoch_twice(
    environment: dict[str, str], spec_file: Path, home: Path
) -> None:
    folder = spec_file.parent
    process = start(environment, "run", spec_file, "--json")

    def is_held(n_epochs: int) -> bool:
        assert process.poll() is None, process.communicate()
        return (folder / f"held-before-{n_epochs}").exists()

    until(lambda: is_held(5))
    os.kill(int((folder / "held-before-5").read_text()), signal.SIGKILL)
    until(lambda: is_held(12))
    process.kill()
    process.communicate()
    (sweep,) = (home / "sweeps").iterdir()
    done = call("resume", sweep.name, "--json", environment=environment)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["trials"]["completed"] == 1
    workers = (folder / "epochs").read_text().splitlines()
    assert [workers.count(each) for each in dict.fromkeys(workers)] == [5, 7, 8]
    with ledger_of(home) as ledger:
        reported = [row.interval for row in ledger.metrics(sweep.name) if row.name == "accuracy"]
    assert reported == list(range(1, N_EPOCHS + 1))
    for kept in (sweep / "trials/0000/outputs", sweep / "best"):
        assert [file.name for file in kept.iterdir()] == ["checkpoint.joblib"]
