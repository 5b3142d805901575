"""A real `sweepflow run` in a process group of its own, to which tests send signals."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from commands import line
from ledgers import ledger_of
from sweepflow.fields.yaml import to_yaml
from sweepflow.ledger.ledger import SweepRow
from sweepflow.trials.rows import TrialRow

SUPPORT = Path(__file__).parent
ROOT = SUPPORT.parents[1]
PATIENCE_SECONDS = 60.0
"""For a loaded machine; what must not be waited for takes minutes."""

SPEC: dict[str, Any] = {
    "data": {"path": str(ROOT / "data/breast_cancer.csv"), "target": "diagnosis", "drop": ["id"]},
    "trial": {
        "estimator": "sklearn.ensemble.HistGradientBoostingClassifier",
        "parameters": {"random_state": 0, "max_iter": 10},
    },
    "search_space": {"learning_rate": {"type": "uniform", "min_value": 0.05, "max_value": 0.3}},
    "sampling_algorithm": {"type": "random", "seed": 3},
    "objective": {"primary_metric": "roc_auc", "goal": "maximize"},
    "limits": {"max_total_trials": 4, "max_concurrent_trials": 2},
}


def heed_signals() -> None:
    """React to Ctrl-C, which a shell makes its background jobs ignore, and to SIGHUP, which nohup does."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def write_spec(folder: Path, spec: dict[str, Any]) -> Path:
    file = folder / "spec.yml"
    file.write_text(to_yaml(spec))
    return file


def recorded(home: Path) -> list[SweepRow]:
    """The rows of the sweeps in that home's ledger."""
    if not (home / "ledger.db").exists():
        return []
    with ledger_of(home) as ledger:
        return ledger.sweeps()


class Signalled:
    """A running command, its home and its output; it uses the embedded server unless another is named."""

    def __init__(
        self,
        folder: Path,
        spec: dict[str, Any] = SPEC,
        *,
        prefect: Path | None = None,
        **environment: str,
    ) -> None:
        """`prefect` is a PREFECT_HOME that is copied, since creating one takes many seconds."""
        folder.mkdir(parents=True)
        self.home = folder / "home"
        self._folder = folder
        if prefect is not None:
            shutil.copytree(prefect, folder / "prefect")
        write_spec(folder, spec)
        usual = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_API_")}
        own = {
            "SWEEPFLOW_HOME": str(self.home),
            "PREFECT_HOME": str(folder / "prefect"),
            "PYTHONPATH": os.pathsep.join(map(str, [ROOT, SUPPORT, SUPPORT / "moments"])),
            "COLUMNS": "120",
        }
        with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
            self.process = subprocess.Popen(
                line("run", folder / "spec.yml", "--json"),
                env={**usual, **own, **environment},
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
                preexec_fn=heed_signals,
            )
        self._family: dict[int, psutil.Process] = {}

    @property
    def output(self) -> str:
        """What it has printed to standard output and standard error."""
        return self.stdout + self.stderr

    @property
    def stdout(self) -> str:
        return (self._folder / "out").read_text(errors="replace")

    @property
    def stderr(self) -> str:
        return (self._folder / "err").read_text(errors="replace")

    def until(self, condition: Callable[[], Any]) -> Any:
        """Wait until the condition gives something true, and return it; the command must not end before."""
        deadline = time.monotonic() + 180
        while not (value := condition()):
            assert self.process.poll() is None, f"it has ended: {self.output}"
            assert time.monotonic() < deadline, self.output
            time.sleep(0.01)
        return value

    def send(self, number: int, *, to_group: bool = True) -> None:
        """Send a signal to the whole group, as a terminal and `timeout` do, or only to the command."""
        self.record_children()
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number) if to_group else os.kill(self.process.pid, number)

    def record_children(self) -> None:
        """Remember the processes that it has started by now."""
        with suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self.process.pid).children(recursive=True):
                self._family.setdefault(child.pid, child)

    def server(self) -> psutil.Process | None:
        """The embedded server, once there is one."""
        self.record_children()
        for child in self._family.values():
            with suppress(psutil.NoSuchProcess):
                if any(word.endswith("server/child.py") for word in child.cmdline()):
                    return child
        return None

    def ended(self, patience: float = PATIENCE_SECONDS) -> int:
        """The exit code, once it has ended."""
        try:
            return self.process.wait(patience)
        finally:
            self.process.kill()
            self.process.wait()

    def answer(self) -> dict[str, Any]:
        """The JSON object that it has printed."""
        answer: dict[str, Any] = json.loads(self.stdout)
        return answer

    def sweeps(self) -> list[SweepRow]:
        """The rows of the ledger."""
        return recorded(self.home)

    def trials(self, sweep_id: str) -> list[TrialRow]:
        with ledger_of(self.home) as ledger:
            return ledger.trials(sweep_id)

    def leftover_processes(self) -> list[psutil.Process]:
        """The processes that it has started and that outlive it by 15 seconds."""
        _, alive = psutil.wait_procs(list(self._family.values()), timeout=15)
        return [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def check_stopped(run: Signalled, number: int) -> None:
    """Check that exit code, JSON object, output and ledger agree on how the signal ended the command."""
    code = run.ended()
    assert "Traceback" not in run.output, run.output
    assert "Exception ignored" not in run.output, run.output
    assert code in (0, 128 + number), (code, run.output)
    assert run.leftover_processes() == []
    sweeps, answer = run.sweeps(), run.answer()
    if code == 0:
        assert answer["state"] == "completed"
        assert answer["best"] is not None
        assert [sweep.state for sweep in sweeps] == ["completed"]
        assert Path(answer["model_path"]).is_file()
        assert Path(answer["report_path"]).is_file()
        return
    assert answer["state"] == "canceled", run.output
    if answer.get("sweep_id") is None:
        assert sweeps == [] or sweeps[0].state == "canceled", run.output
        return
    (sweep,) = sweeps
    assert (sweep.id, sweep.state, sweep.error) == (answer["sweep_id"], "canceled", "interrupted")
    assert f"to go on: sweepflow resume {sweep.id}" in run.output
    states = {trial.state for trial in run.trials(sweep.id)}
    assert not states & {"running", "queued"}, states
