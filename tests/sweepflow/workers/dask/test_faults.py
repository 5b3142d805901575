"""What goes wrong on a real cluster of separate processes: workers, messages, flow and scheduler are lost."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from pickle import PicklingError

import psutil
import pytest
from cloudpickle import register_pickle_by_value
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
from sweepflow.workers.dask import admission, connection, execution, link, station
from sweepflow.workers.dask.lost import ClusterUnfit, SchedulerLost
from sweepflow.workers.dask.versions import own_versions

FUNCTION = {"function": "trainers:act"}

register_pickle_by_value(sys.modules[__name__])  # workers cannot import it


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with closing(DaskCluster(tmp_path_factory.mktemp("dask"), n_workers=1, n_threads=2)) as cluster:
        with client_of(cluster) as client:
            client.wait_for_workers(1)
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
        def lossy(call, name_of):
            seen = set()

            def called(*arguments):
                name = name_of(*arguments)
                if name is None or name in seen:
                    call(*arguments)
                seen.add(name)

            return called

        def event(_topic, message):
            told = message.get("kind") in ("report", "ended")
            return (message["execution"], message["number"]) if told else None

        execution._AGAIN_SECONDS = 0.2
        dask_worker.log_event = lossy(dask_worker.log_event, event)
        for each in stations(dask_worker):
            each.hear = lossy(each.hear, lambda heard, answer: (heard, answer["number"]))

    def lose_none(dask_worker):
        execution._AGAIN_SECONDS = 2.0
        del dask_worker.log_event
        for each in stations(dask_worker):
            del each.hear

    recorder = Recorder()
    with client_of(cluster) as client:
        client.run(lose_first)
        end, _ = runner.run("score", recorder, values="[0.5, 0.75]")
        client.run(lose_none)
    assert end.state is TrialState.COMPLETED
    assert (recorder.reports, recorder.n_trained) == ([{"score": 0.5}, {"score": 0.75}], 1)


def test_a_trial_whose_worker_is_killed_runs_again_on_another_and_reports_once(tmp_path):
    with closing(DaskCluster(tmp_path / "dask", n_workers=2)) as cluster, client_of(cluster) as client:
        client.wait_for_workers(2)
        workers = set(client.run(os.getpid).values())
        spec = waiting_spec(cluster.address, tmp_path / "note")
        folder = SweepFolder(tmp_path, "s").create()
        with (
            ledger_of(tmp_path) as ledger,
            spec.pool(2, 1, tmp_path / "workers.log") as pool,
            ThreadPoolExecutor() as threads,
        ):
            ledger.start_sweep("s", spec.model_dump(mode="json"))
            sweep = RunningSweep("s", spec, resumption(ledger, "s", spec), 1)
            runner = TrialRunner(sweep, None, folder, pool)
            [number] = sweep.next(1).numbers
            future = threads.submit(runner.run_trial, number)
            child = noted(tmp_path / "note")
            until(lambda: ledger.metrics("s"))
            killed = parent(child)
            os.kill(killed, signal.SIGKILL)
            until(lambda: not is_running(child))
            (tmp_path / "note").unlink()
            second = noted(tmp_path / "note")
            [other] = workers - {killed}
            assert parent(second) == other
            (tmp_path / "note.go").touch()
            end = future.result(timeout=60)
            reports = [(row.name, row.interval, row.value) for row in ledger.metrics("s") if not row.is_cost]
    assert (end.state, end.is_lost) == (TrialState.COMPLETED, False)
    assert reports == [("score", 1, 1.0), ("score", 2, 2.0)]
    assert runner.log_tail(0).startswith("[attempt 1 of 2: the worker tcp://127.0.0.1:")


def waiting_spec(address, note):
    """One trial, which reports, writes the note, and waits until `note.go` is there."""
    return Spec.parse(
        {
            "trial": FUNCTION,
            "search_space": {
                "act": {"type": "choice", "values": ["report_and_wait"]},
                "note": {"type": "choice", "values": [str(note)]},
            },
            "objective": {"primary_metric": "score", "goal": "maximize"},
            "limits": {"max_total_trials": 1, "max_concurrent_trials": 1, "retries": 1},
            "compute": {"type": "dask", "address": address},
        }
    )


def noted(path):
    """The process ID in the note, once it is there."""
    return int(until(lambda: path.exists() and path.read_text()))


def n_processes(dask_worker):
    return sum("sweepflow" in str(child.cmdline()) for child in psutil.Process().children())


def test_a_worker_has_as_many_processes_as_trials_that_have_trained_on_it_at_once(cluster, tmp_path):
    compute = DaskCompute(address=cluster.address)
    with (
        client_of(cluster) as client,
        ThreadPoolExecutor() as threads,
        compute.pool(FunctionTrial(**FUNCTION), 2, 1, tmp_path / "log") as pool,
    ):
        [before] = client.run(n_processes).values()
        runner = Runner(pool, tmp_path)
        assert runner.pid() == runner.pid()
        assert list(client.run(n_processes).values()) == [before + 1]
        run_at_once(threads, runner, 2)
        assert list(client.run(n_processes).values()) == [before + 2]


def run_at_once(threads, runner, n):
    """Run so many trials that all have to be under way before any of them ends."""
    works = [runner.work("report_and_wait") for _ in range(n)]
    running = [threads.submit(runner.pool.run, work, Recorder().judge) for work in works]
    for work in works:
        until(lambda: has_note(work))  # noqa: B023
    for work in works:
        Path(work.job.parameters["note"] + ".go").touch()
    assert [each.result(timeout=60).state for each in running] == [TrialState.COMPLETED] * n


def silent_for(seconds):
    station._SILENCE_SECONDS = seconds


def is_nothing_left(dask_worker):
    """Whether no sweep has a process or a file on this worker."""
    with suppress(psutil.NoSuchProcess):  # it ends just now
        processes = [child for child in psutil.Process().children() if "sweepflow" in str(child.cmdline())]
        return not processes and not list(Path(dask_worker.local_directory).glob("sweepflow-*"))
    return False


def stations(dask_worker):
    return [each for each in dask_worker.plugins.values() if isinstance(each, station.Station)]


async def look_at_trials(dask_worker):
    for each in stations(dask_worker):
        await each._end_unwanted()


async def tear_down(dask_worker):
    for each in stations(dask_worker):
        await each.teardown(dask_worker)


def test_a_flow_that_was_stopped_for_long_goes_on_with_its_trials(cluster, tmp_path):
    compute = DaskCompute(address=cluster.address)
    with (
        client_of(cluster) as client,
        ThreadPoolExecutor() as threads,
        compute.pool(FunctionTrial(**FUNCTION), 1, 1, tmp_path / "log") as pool,
    ):
        runner = Runner(pool, tmp_path)
        work = runner.work("report_and_wait")
        running = threads.submit(pool.run, work, Recorder().judge)
        until(lambda: has_note(work))
        client.run(silent_for, 0.0)
        try:
            client.run(look_at_trials)
            Path(work.job.parameters["note"] + ".go").touch()
            assert running.result(timeout=60).state is TrialState.COMPLETED
            until(lambda: all(client.run(is_nothing_left).values()))
        finally:
            client.run(silent_for, 120.0)
        end, _ = runner.run("score")
    assert (end.state, end.reason) == (TrialState.COMPLETED, None)


def test_a_trial_that_ends_with_its_worker_is_lost_and_was_not_stopped_by_anybody(cluster, tmp_path):
    compute = DaskCompute(address=cluster.address)
    with (
        client_of(cluster) as client,
        ThreadPoolExecutor() as threads,
        compute.pool(FunctionTrial(**FUNCTION), 1, 1, tmp_path / "log") as pool,
    ):
        work = Runner(pool, tmp_path).work("print_and_block")
        running = threads.submit(pool.run, work, Recorder().judge)
        until(lambda: has_note(work))
        client.run(tear_down)  # as Dask does when a worker ends in good order
        end = running.result(timeout=60)
    assert (end.state, end.is_lost) == (TrialState.FAILED, True)


def test_a_trial_that_cannot_be_sent_leaves_nothing_behind(pool, runner):
    work = runner.work("score")._replace(grace=lambda: None)
    with pytest.raises((AttributeError, PicklingError), match="lambda"):
        pool.run(work, Recorder().judge)
    assert (pool._running, pool._link._trials) == (set(), {})


@pytest.mark.soak
def test_a_worker_that_hangs_keeps_no_sign_of_the_flow_from_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(link, "_BEAT_MILLISECONDS", 50)
    monkeypatch.setattr(link, "_BEAT_SECONDS", 0.2)

    def heard(dask_worker):
        return [each._heard for each in stations(dask_worker)]

    with closing(DaskCluster(tmp_path / "dask")) as cluster, client_of(cluster) as client:
        client.wait_for_workers(2)
        compute = DaskCompute(address=cluster.address)
        with compute.pool(FunctionTrial(**FUNCTION), 1, 1, tmp_path / "log"):
            (_, hangs), (healthy, _) = client.run(os.getpid).items()
            os.kill(hangs, signal.SIGSTOP)
            try:
                for _ in range(3):
                    [before] = client.run(heard, workers=[healthy])[healthy]
                    until(lambda: client.run(heard, workers=[healthy])[healthy] > [before])  # noqa: B023
            finally:
                os.kill(hangs, signal.SIGCONT)


def test_a_worker_that_hangs_at_the_start_is_left_out_until_it_answers(tmp_path, monkeypatch):
    monkeypatch.setattr(admission, "_ANSWER_SECONDS", 0.5)
    with closing(DaskCluster(tmp_path / "dask")) as cluster, client_of(cluster) as client:
        client.wait_for_workers(2)
        (address, hangs), _ = client.run(os.getpid).items()
        os.kill(hangs, signal.SIGSTOP)
        try:
            compute = DaskCompute(address=cluster.address)
            with compute.pool(FunctionTrial(**FUNCTION), 2, 1, tmp_path / "log") as pool:
                runner = Runner(pool, tmp_path)
                assert [runner.run("score")[0].state for _ in range(3)] == [TrialState.COMPLETED] * 3
                sentence = f"the worker {address} does not answer: trials go to others"
                assert sentence in (tmp_path / "log").read_text()
                os.kill(hangs, signal.SIGCONT)
                with ThreadPoolExecutor() as threads:
                    run_at_once(threads, runner, 2)
        finally:
            os.kill(hangs, signal.SIGCONT)


def test_a_trial_that_comes_to_a_worker_before_it_is_ready_waits_for_it(cluster, tmp_path):
    def begin_again(dask_worker):
        for each in stations(dask_worker):
            each.is_ready = False
            del each.fault

    def get_ready(dask_worker):
        for each in stations(dask_worker):
            each.fault, each.is_ready = None, True

    compute, log = DaskCompute(address=cluster.address), tmp_path / "log"
    with (
        client_of(cluster) as client,
        ThreadPoolExecutor() as threads,
        compute.pool(FunctionTrial(**FUNCTION), 1, 1, log) as pool,
    ):
        client.run(begin_again)
        running = threads.submit(Runner(pool, tmp_path).run, "score")
        told = "is not ready yet: trials go to others"
        until(lambda: running.done() or (log.exists() and told in log.read_text()))
        client.run(get_ready)
        end, _ = running.result(timeout=60)
    assert (end.state, end.reason) == (TrialState.COMPLETED, None)


def test_a_worker_that_joins_later_and_cannot_train_takes_no_trial_from_the_others(tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5")
    with closing(DaskCluster(tmp_path / "dask", n_workers=0)) as cluster, client_of(cluster) as client:
        cluster.add_workers(1, resources="GPU=1")
        client.wait_for_workers(1)
        compute = DaskCompute(address=cluster.address, gpus_per_trial=1)
        with compute.pool(FunctionTrial(**FUNCTION), 2, 1, tmp_path / "log") as pool:
            cluster.add_workers(1, n_threads=2, resources="GPU=2")
            client.wait_for_workers(2)
            runner = Runner(pool, tmp_path)
            works = [runner.work("score") for _ in range(6)]
            with ThreadPoolExecutor() as threads:
                ends = list(threads.map(lambda work: pool.run(work, Recorder().judge), works))
        assert [(end.state, end.reason) for end in ends] == [(TrialState.COMPLETED, None)] * 6
        assert "names GPU=2, and it has 1: trials go to others" in (tmp_path / "log").read_text()
        with pytest.raises(
            ClusterUnfit, match=r"compute.address: the worker tcp:\S+ names GPU=2, and it has 1;"
        ):
            compute.pool(FunctionTrial(**FUNCTION), 2, 1, tmp_path / "log")


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
    with client_of(cluster) as client:
        before = client.run_on_scheduler(registered)
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
        client.run(silent_for, 0.0)
        until(lambda: all(client.run(is_nothing_left).values()), pause=0.5)
        until(lambda: client.run_on_scheduler(registered) <= before)
        client.run(silent_for, 120.0)


def registered(dask_scheduler):
    return set(dask_scheduler.worker_plugins)


def names_of_stations(dask_worker):
    return {each.name for each in stations(dask_worker)}


def setup_of(name, dask_worker):
    return dask_worker.plugins[name]._setup._asdict()


def test_what_a_killed_flow_has_registered_goes_and_what_a_living_one_has_stays(cluster, tmp_path):
    compute = DaskCompute(address=cluster.address)
    with (
        client_of(cluster) as client,
        compute.pool(FunctionTrial(**FUNCTION), 1, 1, tmp_path / "log") as pool,
    ):
        living, killed = f"sweepflow-{pool._name}", "sweepflow-killed"
        [setup] = client.run(setup_of, living).values()
        with client_of(cluster) as client_of_killed:
            left = station.Station(station.Setup(**{**setup, "pool": "killed"}))
            left.client = client_of_killed.id
            client_of_killed.register_plugin(left)
        client.run(silent_for, 0.0)
        try:
            until(lambda: killed not in client.run_on_scheduler(registered))
            until(lambda: killed not in set().union(*client.run(names_of_stations).values()))
        finally:
            client.run(silent_for, 120.0)
        assert living in client.run_on_scheduler(registered)
        assert Runner(pool, tmp_path).run("score")[0].state is TrialState.COMPLETED


async def add_and_remove_at_once(left, dask_worker):
    adding = asyncio.ensure_future(dask_worker.plugin_add(plugin=left, name=left.name))
    await asyncio.sleep(0)
    removed = await dask_worker.plugin_remove(name=left.name)
    await adding
    return removed["status"], left._watch.is_running()


def test_nothing_stays_on_a_worker_that_gets_ready_while_the_sweep_ends(cluster, pool):
    with client_of(cluster) as client:
        [setup] = client.run(setup_of, f"sweepflow-{pool._name}").values()
        left = station.Station(station.Setup(**{**setup, "pool": "left"}))
        assert list(client.run(add_and_remove_at_once, left).values()) == [("OK", False)]


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
    with client_of(cluster) as client:
        before = client.run_on_scheduler(registered)
    versions = {**own_versions(), "code": "that of last week"}
    monkeypatch.setattr("sweepflow.workers.dask.pool.own_versions", lambda: versions)
    with pytest.raises(
        ClusterUnfit, match=r"compute.address: the worker tcp:\S+ has Sweepflow \S+ with other code; install"
    ):
        DaskCompute(address=cluster.address).pool(FunctionTrial(**FUNCTION), 1, 1, tmp_path / "log")
    with client_of(cluster) as client:
        assert client.run_on_scheduler(registered) == before


def test_gpus_that_no_worker_names_are_refused_before_the_first_trial(cluster, tmp_path):
    compute = DaskCompute(address=cluster.address, gpus_per_trial=1)
    with pytest.raises(ClusterUnfit, match="asks for GPUs, and none of the 1 worker"):
        compute.pool(FunctionTrial(**FUNCTION), 1, 1, tmp_path / "log")


def test_a_server_that_is_no_scheduler_is_not_waited_for(monkeypatch, tmp_path):
    monkeypatch.setattr(connection, "_CONNECT_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        compute = DaskCompute(address=f"tcp://127.0.0.1:{server.getsockname()[1]}")
        with pytest.raises(SchedulerLost, match="and says nothing: is it a Dask scheduler"):
            compute.pool(FunctionTrial(**FUNCTION), 1, 1, tmp_path / "workers.log")
