"""What several sweeps, trials and people share: a cluster, a worker, its threads, and a network."""

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import dask.config
import pytest
from cloudpickle import register_pickle_by_value
from distributed import Client
from distributed.security import Security

from dask_cluster import DaskCluster
from pools import Recorder, Runner, has_note, note, until
from sweepflow.training import FunctionTrial
from sweepflow.trials.state import TrialState
from sweepflow.workers import DaskCompute, Judge

TRIAL = FunctionTrial(function="trainers:act")
COMPLETED = TrialState.COMPLETED

register_pickle_by_value(sys.modules[__name__])  # workers cannot import it


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    """One worker of four threads, which trains two trials at once."""
    with closing(DaskCluster(tmp_path_factory.mktemp("dask"), n_workers=0)) as cluster:
        cluster.add_workers(1, n_threads=4, resources="sweepflow=2")
        with Client(cluster.address, set_as_default=False) as client:
            client.wait_for_workers(1)
        yield cluster


SET_BY_NANNY = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MALLOC_TRIM_THRESHOLD_")


def modules_of_the_flow():
    return [name for name in ("prefect", "sqlalchemy", "optuna") if name in sys.modules]


def test_the_bounds_of_a_trials_threads_are_ours_and_not_those_of_dasks_nanny(cluster, tmp_path):
    found = []
    for name, threads in (("share", None), ("asked", 3)):
        (tmp_path / name).mkdir()
        compute = DaskCompute(address=cluster.address, threads_per_trial=threads)
        with compute.pool(TRIAL, 1, 1, tmp_path / name / "log") as pool:
            _, work = Runner(pool, tmp_path / name).run("note_environment")
        environment = json.loads(note(work))
        found.append([environment.get(variable) for variable in SET_BY_NANNY])
    assert found == [["2", "2", "2", None], ["3", "3", "3", None]]
    with Client(cluster.address, set_as_default=False) as client:
        assert list(client.run(modules_of_the_flow).values()) == [[]]


def test_a_worker_trains_as_many_trials_at_once_as_it_says_though_it_has_more_threads(cluster, tmp_path):
    running, most = set(), []

    def judge(number):
        def report(_):
            running.add(number)
            most.append(len(running))
            return False

        def trained(_):
            running.discard(number)
            return False

        return Judge(report, trained)

    with (
        DaskCompute(address=cluster.address).pool(TRIAL, 4, 1, tmp_path / "log") as pool,
        ThreadPoolExecutor(4) as threads,
    ):
        runner = Runner(pool, tmp_path)
        works = [runner.work("report_and_wait") for _ in range(4)]
        ends = [threads.submit(pool.run, work, judge(number)) for number, work in enumerate(works)]
        until(lambda: sum(map(has_note, works)) == 2)
        for work in works:
            Path(work.job.parameters["note"] + ".go").touch()
        assert [end.result(timeout=60).state for end in ends] == [COMPLETED] * 4
    assert max(most) == 2


def test_two_sweeps_on_one_cluster_hear_of_their_own_trials_alone(cluster, tmp_path):
    folders = [tmp_path / name for name in ("first", "second")]
    for folder in folders:
        folder.mkdir()
    compute = DaskCompute(address=cluster.address)
    with ThreadPoolExecutor() as threads, compute.pool(TRIAL, 1, 1, folders[0] / "log") as lasts:
        with compute.pool(TRIAL, 1, 1, folders[1] / "log") as ends_before:
            runners = [Runner(lasts, folders[0]), Runner(ends_before, folders[1])]
            works = [runner.work("report_and_wait") for runner in runners]
            recorder = Recorder()
            first = threads.submit(lasts.run, works[0], recorder.judge)
            second = threads.submit(ends_before.run, works[1], Recorder().judge)
            until(lambda: all(map(has_note, works)))
            ends_before.stop()
            assert second.result(timeout=60).state is TrialState.CANCELED
        Path(works[0].job.parameters["note"] + ".go").touch()
        assert first.result(timeout=60).state is COMPLETED
    assert recorder.reports == [{"score": 1.0}, {"score": 2.0}]


def test_a_cluster_of_tls_is_used_with_the_certificates_in_dasks_settings(tmp_path):
    security = Security.temporary()
    files = {
        "ca-file": security.tls_ca_file,
        "cert": security.tls_client_cert,
        "key": security.tls_client_key,
    }
    options = ["--protocol", "tls"]
    for name, content in files.items():
        (tmp_path / name).write_text(content)
        options += [f"--tls-{name}", str(tmp_path / name)]
    settings = {
        "distributed.comm.tls.ca-file": str(tmp_path / "ca-file"),
        "distributed.comm.tls.client.cert": str(tmp_path / "cert"),
        "distributed.comm.tls.client.key": str(tmp_path / "key"),
    }
    with closing(DaskCluster(tmp_path / "dask", n_workers=1, options=options)) as cluster:
        assert cluster.address.startswith("tls://")
        compute = DaskCompute(address=cluster.address)
        with dask.config.set(settings), compute.pool(TRIAL, 1, 1, tmp_path / "log") as pool:
            recorder = Recorder()
            end, _ = Runner(pool, tmp_path).run("score", recorder, values="[0.5]")
    assert (end.state, recorder.reports) == (COMPLETED, [{"score": 0.5}])
