import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import psutil
import pytest
from prefect.server.services import task_run_recorder
from prefect.settings import get_current_settings

from pools import until
from sweepflow.fields.yaml import to_yaml
from sweepflow.flows.engine.server import child
from sweeps import function_spec

SCRIPT = "import json, sys; from sweepflow.flows.tune import tune; tune(**json.loads(sys.argv[1]))"


@pytest.mark.parametrize("how", ["command", "script"])
def test_no_process_is_left_when_the_flows_process_is_killed(
    own_server: dict[str, str], tmp_path: Path, how: str
) -> None:
    started = tmp_path / "started"
    started.mkdir()
    file = tmp_path / "spec.json"
    spec = function_spec("slow_with_grandchild", [1, 2, 3])
    file.write_text(to_yaml(spec))
    command = ["-m", "sweepflow", "run", str(file)] if how == "command" else ["-c", SCRIPT, json.dumps(spec)]
    output = (tmp_path / "output").open("w")
    process = subprocess.Popen(
        [sys.executable, *command],
        env={**own_server, "TRIAL_STARTED": str(started)},
        stdout=output,
        stderr=output,
    )
    until(lambda: len(list(started.iterdir())) == 2 or process.poll() is not None, seconds=180)
    output.close()
    assert process.poll() is None, (tmp_path / "output").read_text()
    family = psutil.Process(process.pid).children(recursive=True)
    lines = [" ".join(child.cmdline()) for child in family]
    assert sum("server/child.py" in line for line in lines) == 1
    assert sum(line.startswith("sleep") for line in lines) == 2
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    _, alive = psutil.wait_procs(family, timeout=60)
    assert alive == []


def test_the_server_rests_between_two_flushes_of_task_runs() -> None:
    recorder = get_current_settings().server.services.task_run_recorder
    assert int(recorder.flush_interval) >= 1  # as the recorder itself reads it


@pytest.mark.parametrize(("asked", "done"), [(1, child._FLUSH_SECONDS), (5, 5)])
def test_the_embedded_server_records_ended_task_runs_more_often_than_its_setting_can_say(
    monkeypatch: pytest.MonkeyPatch, asked: int, done: float
) -> None:
    class Asked(Exception):
        pass

    def consumer(**options: float) -> NoReturn:
        raise Asked(options["flush_every"])

    monkeypatch.setattr(task_run_recorder, "consumer", consumer)
    monkeypatch.setattr(
        task_run_recorder.TaskRunRecorder,
        "service_settings",
        lambda *_: SimpleNamespace(read_batch_size=1, batch_size=1, flush_interval=float(asked)),
    )
    child._flush_often()
    with pytest.raises(Asked, match=f"^{done}$"):
        asyncio.run(task_run_recorder.TaskRunRecorder().start())
