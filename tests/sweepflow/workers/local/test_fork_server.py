"""Workers that are forked from one process, with real trials of scikit-learn's estimators."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pools import Recorder, is_running, until
from sweepflow.base import warden
from sweepflow.data.prepare import prepare
from sweepflow.data.source import DataSource, Validation
from sweepflow.training import EstimatorTrial, FunctionTrial
from sweepflow.training.job import Job
from sweepflow.trials.objective import Objective
from sweepflow.trials.state import TrialState
from sweepflow.workers import LocalCompute, Work
from sweepflow.workers.local.fork_server import may_be_forked

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux alone")

OBJECTIVE = Objective(primary_metric="roc_auc", goal="maximize")
FOREST = EstimatorTrial(estimator="sklearn.ensemble.RandomForestClassifier", parameters={"n_estimators": 3})
SLOW = {"n_estimators": 1_000_000}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder, random = tmp_path_factory.mktemp("data"), np.random.default_rng(0)
    table = pd.DataFrame(random.normal(size=(400, 4)), columns=list("abcd"))
    table.assign(y=table["a"] + random.normal(size=400) > 0).to_csv(folder / "t.csv", index=False)
    source = DataSource(path=str(folder / "t.csv"), target="y")
    return prepare(source, Validation(), folder, is_classifier=True)


@pytest.fixture(scope="module")
def pool(tmp_path_factory):
    log = tmp_path_factory.mktemp("pool") / "workers.log"
    with LocalCompute().pool(FOREST, 2, 2, log) as pool:
        yield pool


def train(pool, data, folder: Path, name: str = "trial", timeout: float | None = None, **parameters):
    """How the trial ended, and what it reported."""
    job = Job(parameters=parameters, data=data, objective=OBJECTIVE, metrics=())
    paths = {"log": folder / f"{name}.log", "model": folder / f"{name}.skops"}
    recorder = Recorder()
    return pool.run(Work(job=job, timeout=timeout, **paths), recorder.judge), recorder.reports


def workers(pool):
    return until(lambda: len(pool._workers) == 2 and [worker.pid for worker in pool._workers])


def busy(pool):
    return until(lambda: [worker.pid for worker in pool._workers if worker.is_busy])


def private_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


def test_workers_share_the_memory_of_what_they_import(pool, data, tmp_path):
    end, _ = train(pool, data, tmp_path)
    assert end.state is TrialState.COMPLETED
    for pid in workers(pool):
        assert private_mb(pid) < private_mb(os.getpid()) / 2


def test_each_worker_has_random_numbers_of_its_own(pool, data, tmp_path):
    workers(pool)
    both = threading.Barrier(2)

    def run(name):
        both.wait(60)
        return train(pool, data, tmp_path, name)[1]

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(run, ["first", "second"])
    assert first != second


def test_a_trial_ends_at_its_timeout_and_the_next_one_runs(pool, data, tmp_path):
    end, _ = train(pool, data, tmp_path, timeout=1.0, **SLOW)
    assert end.state is TrialState.TIMED_OUT
    assert train(pool, data, tmp_path)[0].state is TrialState.COMPLETED


def test_a_worker_that_the_system_ends_takes_no_other_with_it(pool, data, tmp_path):
    before = workers(pool)
    with ThreadPoolExecutor(1) as thread:
        trial = thread.submit(train, pool, data, tmp_path, **SLOW)
        (victim,) = busy(pool)
        os.kill(victim, signal.SIGKILL)
        end, _ = trial.result()
    assert (end.state, end.is_lost) == (TrialState.FAILED, True)
    assert len({*before} & {*workers(pool)}) == 1


def test_a_worker_is_stopped_while_its_log_is_cut(pool, data, tmp_path):
    workers(pool)
    worker = next(iter(pool._workers))
    with worker.paused():
        state = Path(f"/proc/{worker.pid}/stat").read_text().rpartition(")")[2].split()[0]
    assert state == "T"


def test_trials_go_on_when_the_process_that_forks_has_died(pool, data, tmp_path):
    before = workers(pool)
    os.kill(pool._children.fork_server._process.pid, signal.SIGKILL)
    until(lambda: not any(map(is_running, before)))
    ends = [train(pool, data, tmp_path)[0] for _ in range(3)]  # the first ones may have had its workers
    assert all(end.state is TrialState.COMPLETED or end.is_lost for end in ends)
    assert ends[-1].state is TrialState.COMPLETED
    assert not {*before} & {*workers(pool)}


def test_a_pool_ends_at_once_while_its_first_workers_are_on_their_way(tmp_path):
    pool = LocalCompute().pool(FOREST, 2, 2, tmp_path / "log")
    fork_server = until(lambda: pool._children.fork_server)
    pool.close()
    assert not is_running(fork_server._process.pid)
    assert not pool._workers


def test_nothing_is_left_of_a_sweep_that_is_killed(tmp_path):
    script = (
        "import sys, time\nfrom pathlib import Path\n"
        "from sweepflow.training import EstimatorTrial\nfrom sweepflow.workers import LocalCompute\n"
        f"trial = EstimatorTrial(estimator={FOREST.estimator!r})\n"
        f"pool = LocalCompute().pool(trial, 2, 2, Path({str(tmp_path / 'log')!r}))\n"
        "while len(pool._workers) < 2:\n    time.sleep(0.05)\n"
        "pids = [worker.pid for worker in pool._workers] + [pool._children.fork_server._process.pid]\n"
        "print(*pids, flush=True)\n"
        "sys.stdin.read()\n"
    )
    sweep = subprocess.Popen([sys.executable, "-c", script], stdin=-1, stdout=-1, text=True)
    pids = [int(pid) for pid in sweep.stdout.readline().split()]
    assert len(pids) == 3
    assert set(pids) <= set(warden.tree(sweep.pid, warden.table()))
    sweep.kill()
    sweep.communicate()
    until(lambda: not any(map(is_running, pids)))


def test_code_of_the_users_is_imported_in_each_worker():
    assert may_be_forked(FOREST)
    assert not may_be_forked(EstimatorTrial(estimator="lightgbm.LGBMClassifier"))
    assert not may_be_forked(FunctionTrial(function="trainers:act"))


def test_a_trial_imports_nothing_that_workers_could_share(data, tmp_path):
    job = Job(parameters={}, data=data, objective=OBJECTIVE, metrics=())
    code = (
        "import sys; from sweepflow.training.estimator.trial import EstimatorTrial; "
        "from sweepflow.training.job import Job; trial = EstimatorTrial.model_validate_json(sys.argv[1]); "
        "job = Job.model_validate_json(sys.argv[2]); trial.warm_up(); before = {*sys.modules}; "
        "trial.train(job, lambda metrics: None).model; print(*sorted({*sys.modules} - before))"
    )
    arguments = FOREST.model_dump_json(), job.model_dump_json()
    ran = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == []
