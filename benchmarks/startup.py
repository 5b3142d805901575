"""How long a sweep takes to start and to end, side by side with a bare Prefect flow.

Whole processes, from the command to the first trial's start and from the last trial's end to the prompt, in
turn, over databases that are migrated: with the embedded server, and with one that runs already. Of a sweep
the parts are told: until it is recorded (by then the server is healthy, the spec checked and the data
prepared), from there to its first trial, from the last trial to the sweep's end (the model is selected), and
from there to the prompt. Beside the seconds stands the processor time of all processes of the command, which
says more on a busy machine. The ratios and limits at the end are of seconds.

    python benchmarks/startup.py [--rounds 5] [--quick] [--json]
"""

import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import psutil

from script_output import conditions, options_parser, print_json
from sweepflow.ledger.ledger import Ledger

ROOT = Path(__file__).parents[1]
LIMIT_START, LIMIT_START_SERVED, LIMIT_END, LIMIT_HELP = 1.25, 2.0, 1.5, 0.3

STAMP = """
import os, time
def stamp():
    with open(os.environ["STAMPS"], "a") as file:
        file.write(f"{time.time()}\\n")
"""
BARE_FLOW = f"""{STAMP}
from prefect import flow, task

@task
def train(number):
    stamp()
    stamp()

@flow
def bare():
    train.map(range(2)).wait()

bare()
"""
TRAINER = f"""{STAMP}
from sweepflow import trainer

@trainer
def train(parameters, data, report):
    stamp()
    report(score=parameters["x"])
    stamp()
"""
SPECS: dict[str, dict[str, Any]] = {
    "function": {
        "trial": {"function": "startup_trainer:train"},
        "search_space": {"x": {"type": "uniform", "min_value": 0, "max_value": 1}},
        "objective": {"primary_metric": "score", "goal": "maximize"},
    },
    "estimator": {
        "data": {"path": str(ROOT / "data/breast_cancer.csv"), "target": "diagnosis", "drop": ["id"]},
        "trial": {"estimator": "sklearn.linear_model.LogisticRegression"},
        "search_space": {"C": {"type": "loguniform", "min_value": -3, "max_value": 3}},
        "objective": {"primary_metric": "roc_auc", "goal": "maximize"},
    },
}
SERVER = ["-m", "uvicorn", "--factory", "prefect.server.api.server:create_app", "--log-level", "error"]


class Cost(NamedTuple):
    """What one command took, in seconds."""

    start: float
    """From the command to the first trial or task."""
    end: float
    """From the end of the last one to the prompt."""
    processor: float
    recorded: float | None = None
    """From the command to the record of the sweep; None of what is no sweep."""
    selected: float | None = None
    """From the end of the last trial to that of the sweep; None of what is no sweep."""


@contextmanager
def server(environment: Mapping[str, str]) -> Iterator[tuple[str, Cost]]:
    """A server as Prefect starts it, and what it took to be healthy."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *SERVER, "--port", str(port), "--lifespan", "on"], env={**environment, **own}
    )
    try:
        while not _is_healthy(port):
            assert process.poll() is None
            time.sleep(0.02)
        seconds, times = time.perf_counter() - began, psutil.Process(process.pid).cpu_times()
        yield f"http://127.0.0.1:{port}/api", Cost(seconds, 0.0, times.user + times.system)
    finally:
        process.terminate()
        process.wait()


def _is_healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health", timeout=5) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def cost(command: list[str], environment: Mapping[str, str], folder: Path) -> Cost:
    """What the command takes; its trials or tasks write when they start and end."""
    stamps = folder / "stamps"
    stamps.write_text("")
    before, began = _processor_seconds(), time.time()
    done = subprocess.run(
        command, env={**environment, "STAMPS": str(stamps)}, cwd=folder, capture_output=True, text=True
    )
    ended, processor = time.time(), _processor_seconds() - before
    assert done.returncode == 0, done.stderr
    times = [float(line) for line in stamps.read_text().split()]
    if not done.stdout.startswith("{"):  # no sweep
        return Cost(min(times) - began, ended - max(times), processor)
    sweep, trials = _recorded(json.loads(done.stdout)["sweep_id"], Path(environment["SWEEPFLOW_HOME"]))
    times = times or [moment for trial in trials for moment in trial]
    first, last = min(times), max(times)
    return Cost(first - began, ended - last, processor, sweep[0] - began, sweep[1] - last)


def _recorded(sweep_id: str, home: Path) -> tuple[tuple[float, float], list[tuple[float, float]]]:
    """When a sweep started and ended, and when each of its trials did, by the ledger."""
    with closing(Ledger(f"sqlite:///{home / 'ledger.db'}")) as ledger:
        sweep, trials = ledger.sweep(sweep_id), ledger.trials(sweep_id)
    assert sweep is not None
    assert sweep.ended is not None
    of_trials = [
        (trial.started.timestamp(), trial.ended.timestamp())
        for trial in trials
        if trial.started is not None and trial.ended is not None
    ]
    return (sweep.started.timestamp(), sweep.ended.timestamp()), of_trials


def _processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def help_seconds(environment: Mapping[str, str]) -> float:
    before = _processor_seconds()
    subprocess.run([sys.executable, "-m", "sweepflow", "--help"], env=environment, capture_output=True)
    return _processor_seconds() - before


def measured(folder: Path, n_rounds: int) -> tuple[dict[str, list[Cost]], list[float]]:
    """The costs by name, and the processor seconds of `--help`.

    Before one round alone a bare flow and an empty list of sweeps set the databases up, and the bare flow is
    not run once more; before several ones there is a round more, which is left out.
    """
    (folder / "bare.py").write_text(BARE_FLOW)
    (folder / "startup_trainer.py").write_text(TRAINER)
    limits = {"max_total_trials": 2, "max_concurrent_trials": 2}
    for name, spec in SPECS.items():
        (folder / f"{name}.json").write_text(json.dumps({**spec, "limits": limits}))
    own = {"PREFECT_HOME": str(folder / "prefect"), "SWEEPFLOW_HOME": str(folder / "home")}
    settings = {
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "300",
        "DO_NOT_TRACK": "1",
    }
    elsewhere = ("PREFECT_API_URL", "SWEEPFLOW_LEDGER")  # a server and a ledger of the user's
    plain = {name: value for name, value in os.environ.items() if name not in elsewhere}
    environment = {**plain, **own, **settings, "OMP_NUM_THREADS": "1"}
    sweeps = {name: [sys.executable, "-m", "sweepflow", "run", f"{name}.json", "--json"] for name in SPECS}
    commands = {"bare flow": [sys.executable, "bare.py"], **sweeps}
    costs: dict[str, list[Cost]] = {}
    helps = []
    n_left_out = 1 if n_rounds > 1 else 0
    if not n_left_out:
        cost(commands["bare flow"], environment, folder)
        subprocess.run([sys.executable, "-m", "sweepflow", "list"], env=environment, capture_output=True)
    for _ in range(n_rounds + n_left_out):
        helps.append(help_seconds(environment))
        for name, command in (commands if n_left_out else sweeps).items():
            costs.setdefault(name, []).append(cost(command, environment, folder))
        with server(environment) as (url, alone):
            costs.setdefault("server alone", []).append(alone)
            for name, command in commands.items():
                served = {**environment, "PREFECT_API_URL": url}
                costs.setdefault(f"{name}, served", []).append(cost(command, served, folder))
    return {name: each[n_left_out:] for name, each in costs.items()}, helps[n_left_out:]


def figures(costs: Mapping[str, list[Cost]], helps: list[float]) -> Mapping[str, tuple[float, float]]:
    """Each figure with its limit: medians over the rounds, ratios within a round."""

    def ratio(ours: str, theirs: str) -> float:
        pairs = zip(costs[ours], costs[theirs], strict=True)
        return median(our.start / their.start for our, their in pairs)

    found: dict[str, tuple[float, float]] = {}
    for name in SPECS:
        found[f"{name}: start / server alone"] = ratio(name, "server alone"), LIMIT_START
        served = f"{name}, served"
        found[f"{served}: start / bare flow"] = ratio(served, "bare flow, served"), LIMIT_START_SERVED
        found[f"{name}: end, s"] = median(each.end for each in costs[name]), LIMIT_END
    found["--help, processor s"] = median(helps), LIMIT_HELP
    return found


def _in_parts(costs: list[Cost]) -> str:
    """The medians of start and end and, if they are a sweep's, of their parts."""
    start, end = median(each.start for each in costs), median(each.end for each in costs)
    starts = [(each.recorded, each.start - each.recorded) for each in costs if each.recorded is not None]
    ends = [(each.selected, each.end - each.selected) for each in costs if each.selected is not None]
    if not starts:
        return f"{start:8.2f} {'':17} {end:8.2f} {'':17}"
    before, after = map(median, zip(*starts, strict=True)), map(median, zip(*ends, strict=True))
    return " ".join(f"{seconds:8.2f}" for seconds in (start, *before, end, *after))


def main() -> None:
    arguments = options_parser(__doc__, quick="one round")
    arguments.add_argument("--rounds", type=int, default=5)
    options = arguments.parse_args()
    under = conditions("sweepflow", "prefect", "scikit-learn")
    with tempfile.TemporaryDirectory() as folder:
        costs, helps = measured(Path(folder), 1 if options.quick else options.rounds)
    found = figures(costs, helps)
    if options.json:
        rows = {name: [each._asdict() for each in of_name] for name, of_name in costs.items()}
        print_json(under, found, costs=rows)
        return
    print(under.line)
    heads = ("start s", "= record", "+ trial", "end s", "= select", "+ prompt")
    print(f"{'':20} {' '.join(f'{head:>8}' for head in heads)} {'processor s':>12}")
    for name, of_name in costs.items():
        print(f"{name:20} {_in_parts(of_name)} {median(each.processor for each in of_name):12.2f}")
    for name, (value, limit) in found.items():
        print(f"{name:42} {value:6.2f}  (limit {limit:g}){'' if value <= limit else '  beyond it'}")


if __name__ == "__main__":
    main()
