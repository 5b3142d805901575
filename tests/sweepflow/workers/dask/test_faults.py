"""What goes wrong on a real cluster of separate processes: workers, messages, flow and scheduler are lost."""

import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest
from distributed import Client

from dask_cluster import DaskCluster
from ledgers import ledger_of
from pools import TESTS, Recorder, Runner, has_note, is_running, note, until
from sweepflow.archive.folder import SweepFolder
from sweepflow.running.resumption import resumption
from sweepflow.running.sweep import RunningSweep
from sweepflow.running.trial_runner import TrialRunner
from sweepflow.spec.spec import Spec
from sweepflow.training import FunctionTrial
from sweepflow.trials.state import TrialState
from sweepflow.workers import DaskCompute
from sweepflow.workers.dask import link, station
from sweepflow.workers.dask.lost import ClusterUnfit, SchedulerLost
from sweepflow.workers.dask.versions import own_versions

FUNCTION = {"function": "trainers:act"}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with closing(DaskCluster(tmp_path_factory.mktemp("dask"), n_workers=1)) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def pool(cluster, tmp_path_factory):
    log = tmp_path_factory.mktemp("pool") / "workers.log"
    compute = DaskCompute(address=cluster.address)
    with compute.pool(FunctionTrial(**FUNCTION), 1, 1, log) as pool:
        yield pool


@pytest.fixture
def runner(pool, tmp_path):
    return Runner(pool, tmp_path)


@contextmanager
def client_of(cluster):
    with Client(cluster.address, set_as_default=False) as client:
        yield client


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_a_fit_in_c_code_is_killed_within_a_second_of_its_timeout(runner):
    runner.run("import_svm")
    end, work = runner.run("fit_for_long", timeout=1.5)
    assert (end.state, end.reason) == (TrialState.TIMED_OUT, "killed after its timeout of 1.5 s")
    assert end.seconds < 2.5
    assert not is_running(int(note(work)))


def test_lost_events_and_lost_answers_only_take_time(cluster, runner):
    def lose_first(dask_worker):
        log_event, seen = dask_worker.log_event, set()

        def lossy(topic, message):
            name = (topic, str(message.get("trial")), str(message.get("number")))
            if message.get("kind") != "report" or name in seen:
                log_event(topic, message)
            seen.add(name)

        dask_worker.log_event = lossy

    def lose_none(dask_worker):
        del dask_worker.log_event

    recorder = Recorder()
    with client_of(cluster) as client:
        client.run(lose_first)
        end, _ = runner.run("score", recorder, values="[0.5, 0.75]")
        client.run(lose_none)
    assert end.state is TrialState.COMPLETED
    assert recorder.reports == [{"score": 0.5}, {"score": 0.75}]


def test_a_trial_whose_worker_is_killed_runs_again_and_reports_once(cluster, tmp_path):
    spec = Spec.parse(
        {
            "trial": FUNCTION,
            "search_space": {
                "act": {"type": "choice", "values": ["report_and_wait"]},
                "note": {"type": "choice", "values": [str(tmp_path / "note")]},
            },
            "objective": {"primary_metric": "score", "goal": "maximize"},
            "limits": {"max_total_trials": 1, "max_concurrent_trials": 1, "retries": 1},
            "compute": {"type": "dask", "address": cluster.address},
        }
    )
    folder = SweepFolder(tmp_path, "s").create()
    with ledger_of(tmp_path) as ledger, spec.pool(1, 1, tmp_path / "workers.log") as pool:
        ledger.start_sweep("s", spec.model_dump(mode="json"))
        sweep = RunningSweep("s", spec, resumption(ledger, "s", spec), 1)
        runner = TrialRunner(sweep, None, folder, pool)
        [number] = sweep.next(1).numbers
        with ThreadPoolExecutor() as threads:
            future = threads.submit(runner.run_trial, number)
            child = int(until(lambda: (tmp_path / "note").exists() and (tmp_path / "note").read_text()))
            until(lambda: ledger.metrics("s"))
            os.kill(parent(child), signal.SIGKILL)
            until(lambda: not is_running(child))
            (tmp_path / "note").unlink()
            second = int(until(lambda: (tmp_path / "note").exists() and (tmp_path / "note").read_text()))
            (tmp_path / "note.go").touch()
            end = future.result(timeout=60)
        reports = [(row.name, row.interval, row.value) for row in ledger.metrics("s") if not row.is_cost]
    assert (end.state, end.is_lost) == (TrialState.COMPLETED, False)
    assert second != child
    assert reports == [("score", 1, 1.0), ("score", 2, 2.0)]
    assert runner.log_tail(0).startswith("[attempt 1 of 2: the worker tcp://127.0.0.1:")


FLOW = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from pools import Runner, Recorder
from sweepflow.training import FunctionTrial
from sweepflow.workers import DaskCompute

trial = FunctionTrial(function="trainers:act")
pool = DaskCompute(address=sys.argv[1]).pool(trial, 1, 1, Path(sys.argv[2], "log"))
Runner(pool, Path(sys.argv[2])).run("print_and_block")
"""


@pytest.mark.soak
def test_all_that_a_flow_has_on_a_worker_ends_when_it_is_killed(cluster, tmp_path):
    def hear_nothing_for(seconds):
        station._SILENCE_SECONDS = seconds

    def children_and_files(dask_worker):
        folder = Path(dask_worker.local_directory)
        children = [child for child in psutil.Process().children() if "sweepflow" in str(child.cmdline())]
        return [*map(str, children), *map(str, folder.glob("sweepflow-*"))]

    command = [sys.executable, "-c", FLOW, cluster.address, str(tmp_path), str(TESTS)]
    path = os.pathsep.join([str(TESTS.parent), str(TESTS / "support")])
    flow = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path})
    try:
        child = int(until(lambda: (tmp_path / "0.note").exists() and (tmp_path / "0.note").read_text()))
    finally:
        flow.kill()
        flow.wait()
    until(lambda: not is_running(child))
    with client_of(cluster) as client:
        client.run(hear_nothing_for, 0.0)
        until(lambda: not any(client.run(children_and_files).values()), pause=0.5)
        client.run(hear_nothing_for, 120.0)


@pytest.mark.soak
def test_the_loss_of_the_scheduler_ends_the_sweep_and_every_process(tmp_path):
    with closing(DaskCluster(tmp_path / "dask", n_workers=1)) as cluster:
        compute = DaskCompute(address=cluster.address)
        pool = compute.pool(FunctionTrial(**FUNCTION), 1, 1, tmp_path / "workers.log")
        runner = Runner(pool, tmp_path)
        work = runner.work("print_and_block")
        with ThreadPoolExecutor() as threads, pool:
            future = threads.submit(pool.run, work, Recorder().judge)
            until(lambda: has_note(work))
            os.killpg(cluster.scheduler.pid, signal.SIGKILL)
            with pytest.raises(SchedulerLost, match="does not answer any more"):
                future.result(timeout=30)
            with pytest.raises(SchedulerLost):
                pool.run(runner.work("note_pid"), Recorder().judge)
        until(lambda: not is_running(int(note(work))))


def test_a_trial_that_takes_too_much_memory_is_killed_by_its_worker(cluster, tmp_path):
    compute = DaskCompute(address=cluster.address)
    with compute.pool(FunctionTrial(**FUNCTION), 1, 1, tmp_path / "log", trial_memory=600_000_000) as pool:
        options = {"bytes": 700_000_000, "where": "itself", "for_ever": True}
        end, _ = Runner(pool, tmp_path).run("hold", timeout=300, **options)
    reason = "killed: it used more than limits.trial_memory (600000000 bytes)"
    assert (end.state, end.reason, end.is_lost) == (TrialState.FAILED, reason, False)


def test_workers_with_other_code_are_refused_before_the_first_trial(cluster, tmp_path, monkeypatch):
    versions = {**own_versions(), "code": "that of last week"}
    monkeypatch.setattr("sweepflow.workers.dask.pool.own_versions", lambda: versions)
    with pytest.raises(
        ClusterUnfit, match=r"compute.address: the worker tcp:\S+ has Sweepflow \S+ with other code; install"
    ):
        DaskCompute(address=cluster.address).pool(FunctionTrial(**FUNCTION), 1, 1, tmp_path / "log")


def test_gpus_that_no_worker_names_are_refused_before_the_first_trial(cluster, tmp_path):
    compute = DaskCompute(address=cluster.address, gpus_per_trial=1)
    with pytest.raises(ClusterUnfit, match="asks for GPUs, and none of the 1 worker"):
        compute.pool(FunctionTrial(**FUNCTION), 1, 1, tmp_path / "log")


def test_a_server_that_is_no_scheduler_is_not_waited_for(monkeypatch, tmp_path):
    monkeypatch.setattr(link, "_CONNECT_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        compute = DaskCompute(address=f"tcp://127.0.0.1:{server.getsockname()[1]}")
        with pytest.raises(SchedulerLost, match="and says nothing: is it a Dask scheduler"):
            compute.pool(FunctionTrial(**FUNCTION), 1, 1, tmp_path / "workers.log")
