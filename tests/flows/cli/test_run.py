import json
import os
import pty
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commands import call, line, run
from ledgers import ledger_of
from serving import until
from sweepflow.fields.yaml import to_yaml
from sweeps import function_spec, task_runs

RESULT_KEYS = [
    "sweep_id", "state", "error", "best", "trials", "test_metrics", "model_path", "leaderboard_path",
    "metrics_path", "report_path", "wall_seconds",
]  # fmt: skip


@pytest.fixture
def spec_file(tmp_path: Path) -> Path:
    """A sweep of three trials, two of which have a value."""
    file = tmp_path / "spec.yml"
    file.write_text(to_yaml(function_spec("mixed", [1, "raises", 3])))
    return file


def test_run_prints_the_best_trials_and_where_the_files_lie(
    environment: dict[str, str], spec_file: Path
) -> None:
    done = run(environment, "run", spec_file)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    cells = [each.replace("│", " ").split() for each in lines]
    assert ["2", "completed", "3", "1", "3"] in cells  # trial, state, score, interval, x
    assert "3 trials (2 completed, 1 failed)" in done.stdout
    assert "1 trial failed: 1 x " in done.stdout
    assert "leaderboard.parquet" in done.stdout
    assert "\x1b" not in done.stdout
    assert "best 3 (trial 2: x=3)" in done.stdout  # in lines, since it is no terminal
    assert "Traceback" not in done.stdout + done.stderr
    assert done.stderr == ""


SCORE_OF_X = """
from sweepflow import trainer

@trainer
def train(parameters, data, report):
    report(score=parameters["x"])
"""


OF_ONE_PROCESS_ALONE = """
import importlib, os, sys

if not any("MODULE" in part for part in sys.orig_argv):
    raise ImportError(f"{__name__} is not there")
sys.path.remove(os.path.dirname(__file__))
del sys.modules[__name__]
sys.modules[__name__] = importlib.import_module(__name__)
"""


def of_one_process_alone(module: str, folder: Path) -> dict[str, str]:
    """The variable by which only the process that runs this module can import scikit-learn and the like."""
    absent = folder / "absent"
    absent.mkdir()
    for name in ("sklearn", "scipy", "pandas", "skops"):
        (absent / f"{name}.py").write_text(OF_ONE_PROCESS_ALONE.replace("MODULE", module))
    return {"PYTHONPATH": f"{absent}:{os.environ.get('PYTHONPATH', '')}"}


def test_a_sweep_of_functions_needs_no_scikit_learn_scipy_or_pandas(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "score_of_x.py").write_text(SCORE_OF_X)
    fields = {
        "trial": {"function": "score_of_x:train"},
        "search_space": {"x": {"type": "uniform", "min_value": 0, "max_value": 1}},
        "objective": {"primary_metric": "score", "goal": "maximize"},
        "limits": {"max_total_trials": 12},  # enough for every chart
    }
    (tmp_path / "spec.yml").write_text(to_yaml(fields))
    absent = tmp_path / "absent"
    absent.mkdir()
    for name in ("sklearn", "scipy", "pandas"):
        (absent / f"{name}.py").write_text(
            OF_ONE_PROCESS_ALONE.replace("MODULE", "sweepflow.analysis.forest")
        )
    done = run(
        {**environment, "PYTHONPATH": f"{absent}:{environment.get('PYTHONPATH', '')}"},
        *("run", tmp_path / "spec.yml", "--json"),
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["trials"]["completed"] == 12
    assert Path(json.loads(done.stdout)["report_path"]).is_file()  # else a warning tells what was missing


HAS_PANDAS = """
import sys

import sweepflow


@sweepflow.metric
def has_pandas(truth, prediction):
    return float("pandas" in sys.modules)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux alone")
@pytest.mark.parametrize(("n_rows", "trials_have_pandas"), [(700_000, 0.0), (700, 1.0)])
def test_only_trials_on_a_big_table_of_numbers_have_no_pandas_and_all_have_their_verdict(
    environment: dict[str, str], tmp_path: Path, n_rows: int, trials_have_pandas: float
) -> None:
    random = np.random.default_rng(0)
    numbers = random.normal(size=(n_rows, 4))
    table = pa.table({**dict(zip("abcd", numbers.T, strict=True)), "y": (numbers[:, 0] > 0).astype(int)})
    pq.write_table(table, tmp_path / "table.parquet")
    (tmp_path / "probe.py").write_text(HAS_PANDAS)
    fields = {
        "data": {"path": "table.parquet", "target": "y"},
        "trial": {"estimator": "sklearn.linear_model.SGDClassifier", "parameters": {"random_state": 0}},
        "search_space": {"alpha": {"type": "loguniform", "min_value": -9, "max_value": 0}},
        "objective": {"primary_metric": "accuracy", "goal": "maximize"},
        "metrics": ["probe:has_pandas"],
        "limits": {"max_total_trials": 3},
    }
    (tmp_path / "spec.yml").write_text(to_yaml(fields))
    done = run(environment, "run", tmp_path / "spec.yml", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    trials = pq.read_table(result["leaderboard_path"])
    assert trials["metric.probe:has_pandas"].to_pylist() == [trials_have_pandas] * 3
    assert trials["metric.predict_ms"].null_count == 0
    assert result["test_metrics"]["probe:has_pandas"]["value"] == 1.0  # the test reads the table
    assert result["verdict"]["text"]


@pytest.mark.skipif(sys.platform != "linux", reason="what knows scikit-learn is forked on Linux alone")
def test_the_flow_of_a_sweep_of_estimators_imports_no_scikit_learn_scipy_pandas_or_pyarrow(
    environment: dict[str, str], tmp_path: Path
) -> None:
    rows = "".join(f"{i},{i * 7 % 10},{'yes' if i % 3 else 'no'}\n" for i in range(60))
    (tmp_path / "table.csv").write_text(f"a,b,y\n{rows}")
    fields = {
        "data": {"path": "table.csv", "target": "y"},
        "trial": {"estimator": "sklearn.linear_model.LogisticRegression"},
        "search_space": {"C": {"type": "loguniform", "min_value": -3, "max_value": 3}},
        "objective": {"primary_metric": "accuracy", "goal": "maximize"},
        "limits": {"max_total_trials": 3},
    }
    (tmp_path / "spec.yml").write_text(to_yaml(fields))
    absent = tmp_path / "absent"
    absent.mkdir()
    for name in ("sklearn", "scipy", "pandas", "skops", "pyarrow"):
        (absent / f"{name}.py").write_text(
            OF_ONE_PROCESS_ALONE.replace("MODULE", "sweepflow.workers.local.forking")
        )
    done = run(
        {**environment, "PYTHONPATH": f"{absent}:{environment.get('PYTHONPATH', '')}"},
        *("run", tmp_path / "spec.yml", "--json"),
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["trials"]["completed"] == 3
    assert list(result["test_metrics"]) == ["accuracy"]
    assert pq.read_table(result["leaderboard_path"]).num_rows == 3
    assert Path(result["report_path"]).is_file()


def test_json_goes_to_standard_output_and_the_progress_to_standard_error(
    environment: dict[str, str], spec_file: Path
) -> None:
    done = run(environment, "run", spec_file, "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert list(result) == RESULT_KEYS
    assert result["state"] == "completed"
    assert result["best"] == {"number": 2, "parameters": {"x": 3}, "value": 3.0, "metrics": {"score": 3.0}}
    assert result["trials"]["total"] == 3
    assert result["trials"]["failed"] == 1
    assert result["model_path"] is result["test_metrics"] is None
    assert Path(result["metrics_path"]).is_file()
    assert Path(result["report_path"]).is_file()
    assert "best 3 (trial 2: x=3)" in done.stderr
    assert len(task_runs(result["sweep_id"])) == 3 + 3


@pytest.mark.usefixtures("server", "home")
def test_set_changes_a_field(spec_file: Path) -> None:
    options = ("--set", "limits.max_total_trials=1", "--set=objective.goal=minimize")
    done = call("run", spec_file, "--json", *options)
    assert json.loads(done.stdout)["trials"]["total"] == 1, done.stderr


def test_a_dry_run_shows_what_would_be_drawn_and_runs_nothing(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "spec.yml"
    spec = function_spec("plain", [1, 2])
    spec["search_space"] |= {"lr": {"type": "loguniform", "min_value": -6, "max_value": -1}}
    file.write_text(
        to_yaml({**spec, "sampling_algorithm": {"type": "random"}, "limits": {"max_total_trials": 99}})
    )
    done = call("run", file, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "0.0024788 to 0.36788" in done.stdout
    assert "combinations: without end" in done.stdout
    found = json.loads(call("run", file, "--dry-run", "--json").stdout)
    assert found["state"] == "valid"
    assert found["parameters"]["x"] == {"type": "choice", "values": [1, 2]}
    assert len(found["samples"]) == 10
    assert not home.exists()


@pytest.mark.parametrize("module", ["sweepflow", "sweepflow.flows.tune"])
def test_python_m_runs_a_spec(environment: dict[str, str], spec_file: Path, module: str) -> None:
    command = ["run"] if module == "sweepflow" else []
    done = run(environment, *command, spec_file, "--json", module=module)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["best"]["value"] == 3.0


@pytest.mark.usefixtures("server", "home")
def test_a_backtest_of_the_policy_that_ran_makes_the_same_decisions(tmp_path: Path) -> None:
    policy = {"type": "bandit", "slack_amount": 0.2, "delay_evaluation": 4}
    file, policies = tmp_path / "spec.yml", tmp_path / "policies.yml"
    spec = function_spec("curve", [0.9, 0.5, 0.8], max_concurrent_trials=1)
    file.write_text(to_yaml({**spec, "early_termination": policy}))
    policies.write_text(json.dumps([policy, {"type": "median_stopping"}]))
    sweep_id = json.loads(call("run", file, "--json").stdout)["sweep_id"]
    done = call("backtest", sweep_id, policies, "--json")
    assert done.returncode == 0, done.stderr
    same, median = json.loads(done.stdout)["policies"]
    assert same.pop("policy") == {**policy, "evaluation_interval": 1}
    assert same == {
        "trials_stopped": 1, "intervals_saved": 0, "intervals_saved_share": 0.0, "seconds_saved": 0.0,
        "winner_survived": True, "regret": 0.0,
    }  # fmt: skip
    # .5 falls at its first interval (median .7), .8 at its second, where only .9 is left beside it (.85)
    found = (median["trials_stopped"], median["intervals_saved"], median["winner_survived"])
    assert found == (2, 3 + 8, True)
    assert "bandit" in call("backtest", sweep_id, policies).stdout


def test_a_wrong_policy_or_sweep_exits_with_2(home: Path, tmp_path: Path) -> None:
    policies = tmp_path / "policies.yml"
    policies.write_text("[{type: bandit}, {type: medium_stopping}]")
    done = call("backtest", "no-such-sweep", policies, "--json")
    assert done.returncode == 2
    errors = {error["path"]: error["message"] for error in json.loads(done.stdout)["errors"]}
    assert "exactly one of slack_factor and slack_amount" in errors["0"]
    assert "did you mean 'median_stopping'?" in errors["1.type"]
    policies.write_text("{type: median_stopping}")
    done = call("backtest", "no-such-sweep", policies)
    assert done.returncode == 2
    assert "there is no sweep 'no-such-sweep'" in done.stderr


@pytest.mark.usefixtures("server", "home")
def test_a_failed_sweep_exits_with_1_and_says_why(tmp_path: Path) -> None:
    file = tmp_path / "spec.yml"
    file.write_text(
        to_yaml(function_spec("mixed", ["raises 1", "raises 2", "raises 3", 4], max_concurrent_trials=1))
    )
    done = call("run", file, "--json")
    result = json.loads(done.stdout)
    assert done.returncode == 1
    assert result["state"] == "failed"
    assert result["error"] == "the first 3 trials all failed: ValueError: no good"
    assert result["best"] is None
    assert result["trials"]["failed"] == 3
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("change", "path", "message"),
    [
        ("limits.max_total_trials=0", "limits.max_total_trials", "must be >= 1, got 0"),
        ("search_space.x.tpye=choice", "search_space.x.tpye", "unknown field 'tpye'; did you mean 'type'?"),
        ("trial.function=flow_trainers:nothing", "trial.function", "has no function 'nothing'"),
        ("trial.function=flow_trainers:Path", "trial.function", "is not a trainer"),
        ("data={path: nowhere.csv, target: y}", "data.path", "there is no file"),
        ("trial={estimator: os.system}", "trial.estimator", "must lie in sklearn, got 'os.system'"),
    ],
)
def test_a_wrong_spec_exits_with_2_and_nothing_is_recorded(
    home: Path, spec_file: Path, change: str, path: str, message: str
) -> None:
    done = call("run", spec_file, "--json", "--set", change)
    assert done.returncode == 2
    answer = json.loads(done.stdout)
    assert answer["state"] == "invalid"
    assert any(error["path"] == path and message in error["message"] for error in answer["errors"]), answer
    assert "Traceback" not in done.stderr
    assert not home.exists()


def test_a_process_ends_with_2_before_prefect_starts(environment: dict[str, str], spec_file: Path) -> None:
    no_server = {**environment, "PREFECT_API_URL": "http://127.0.0.1:9/api"}
    arguments = ("run", spec_file, "--json", "--set", "limits.max_total_trials=0")
    done, told = run(no_server, *arguments), call(*arguments)
    assert (done.returncode, done.stdout) == (2, told.stdout)
    assert done.stderr.endswith(told.stderr)


def test_a_server_that_cannot_be_reached_is_told_in_a_sentence_and_with_debug_in_full(
    environment: dict[str, str], spec_file: Path
) -> None:
    no_server = {**environment, "PREFECT_API_URL": "http://127.0.0.1:9/api"}
    done = run(no_server, "run", spec_file)
    assert done.returncode == 1
    told = "failed: Prefect's server at http://127.0.0.1:9/api (PREFECT_API_URL) cannot be reached: "
    assert told in done.stdout
    assert done.stdout.endswith("; `sweepflow doctor` says what to do\n")
    assert done.stderr == ""
    debugged = run(no_server, "run", spec_file, "--debug")
    assert debugged.stdout == done.stdout
    assert "Traceback (most recent call last)" in debugged.stderr


@pytest.mark.parametrize("arguments", [["run"], ["rum"], ["run", "nowhere.yml"], ["run", "--josn"]])
def test_a_wrong_command_line_exits_with_2(arguments: list[str]) -> None:
    done = call(*arguments, "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["state"] == "invalid"
    assert "Traceback" not in done.stderr


def test_the_embedded_server_keeps_every_trial_after_the_command_has_ended(
    environment: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "spec.yml"
    file.write_text(to_yaml(function_spec("plain", list(range(150)))))
    embedded = {name: value for name, value in environment.items() if name != "PREFECT_API_URL"}
    done = run(embedded, "run", file, "--json")
    assert done.returncode == 0, done.stderr
    database = sqlite3.connect(Path(environment["PREFECT_HOME"], "prefect.db"))
    names = "select name from task_run where state_type = 'COMPLETED' and name like 'trial-%'"
    assert len(database.execute(names).fetchall()) == 150
    database.close()


class TestInterrupt:
    """Ctrl-C in a real terminal, with the embedded server in the same process group."""

    @pytest.fixture
    def interrupted(self, own_server: dict[str, str], tmp_path: Path) -> tuple[int, str, set[int]]:
        """Exit code, output, and the workers' process IDs of a sweep that was interrupted in its trials."""
        started = tmp_path / "started"
        started.mkdir()
        file = tmp_path / "spec.yml"
        file.write_text(to_yaml(function_spec("slow", [1, 2, 3])))
        embedded = {**own_server, "TRIAL_STARTED": str(started), "TERM": "xterm"}
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(sys.executable, line("run", file), embedded)
        output, is_sent = b"", False
        while chunk := _read(terminal):
            output += chunk  # the live display keeps writing, so that this goes round
            if not is_sent and len(list(started.iterdir())) == 2:
                os.write(terminal, b"\x03")
                is_sent = True
        _, status = os.waitpid(pid, 0)
        workers = {int(path.name) for path in started.iterdir()}
        return os.waitstatus_to_exitcode(status), output.decode(), workers

    def test_it_exits_with_130_leaves_no_process_and_marks_the_trials_canceled(
        self, interrupted: tuple[int, str, set[int]], home: Path
    ) -> None:
        code, output, workers = interrupted
        assert code == 130, output
        assert "canceled: interrupted" in output
        assert "Traceback" not in output
        assert not any(map(psutil.pid_exists, workers))
        (folder,) = (home / "sweeps").iterdir()
        with ledger_of(home) as ledger:
            sweep, trials = ledger.sweep(folder.name), ledger.trials(folder.name)
        assert sweep is not None
        assert sweep.state == "canceled"
        assert {trial.state for trial in trials} == {"canceled"}


def test_sigterm_to_the_command_alone_cancels_the_sweep_too(
    environment: dict[str, str], tmp_path: Path
) -> None:
    started = tmp_path / "started"
    started.mkdir()
    file = tmp_path / "spec.yml"
    file.write_text(to_yaml(function_spec("slow", [1, 2, 3])))
    process = subprocess.Popen(
        line("run", file, "--json"),
        env={**environment, "TRIAL_STARTED": str(started)},
        stdout=subprocess.PIPE,
        text=True,
    )
    until(lambda: process.poll() is not None or list(started.iterdir()))
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate()
    assert process.returncode == 143
    result = json.loads(output)
    assert result["state"] == "canceled"
    assert "The sweep was stopped:" in Path(result["report_path"]).read_text()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux's way of saying that the terminal's other end is closed
        return b""
