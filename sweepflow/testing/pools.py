"""Tests that every compute and its pool must pass: subclass PoolTests in a test file."""

import pickle
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from sweepflow.models.model_file import load_model
from sweepflow.testing import pool_trials
from sweepflow.training import FunctionTrial
from sweepflow.training.job import Job
from sweepflow.trials.objective import Objective
from sweepflow.trials.parameters import Value
from sweepflow.trials.state import TrialEnd, TrialState
from sweepflow.workers import BaseCompute, Judge, Pool, Work
from sweepflow.workers.ends import out_of_time, stopped, timed_out

_TRIAL = FunctionTrial(function=f"{pool_trials.__name__}:{pool_trials.act.__name__}")
_OBJECTIVE = Objective(primary_metric="score", goal="maximize")
_TIMEOUT_SECONDS = 120.0


class PoolTests:
    """The tests; they need a fixture `compute` that gives the spec model, with the scope "class" or wider.

    They train functions of `sweepflow.testing.pool_trials`, which the workers must be able to import.
    """

    @pytest.fixture(scope="class")
    @classmethod
    def pool(cls, compute: BaseCompute, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
        """A pool with one slot, shared by the tests: no trial may break it for the next one."""
        with new_pool(compute, tmp_path_factory.mktemp("pool")) as pool:
            yield pool

    def test_reports_arrive_in_order_and_the_trial_is_completed(self, pool: Pool, tmp_path: Path) -> None:
        judge = Recorder()
        end = pool.run(work(tmp_path, "count", n=3), judge.judge)
        assert (end.reason, end.state, end.is_lost) == (None, TrialState.COMPLETED, False)
        assert end.seconds is not None
        assert end.seconds >= 0
        assert judge.reports == [{"score": 1.0}, {"score": 2.0}, {"score": 3.0}]
        assert judge.n_trained == 1

    def test_the_model_is_written_only_if_it_is_wanted(self, pool: Pool, tmp_path: Path) -> None:
        kept, dropped = work(tmp_path / "a", "count", n=1), work(tmp_path / "b", "count", n=1)
        pool.run(kept, Recorder(keep=True).judge)
        pool.run(dropped, Recorder(keep=False).judge)
        assert load_model(kept.model) == {"weights": [1.0]}
        assert not dropped.model.exists()

    def test_what_a_trial_prints_is_in_its_log(self, pool: Pool, tmp_path: Path) -> None:
        trial_work = work(tmp_path, "count", n=1)
        pool.run(trial_work, Recorder().judge)
        assert trial_work.log.read_text() == "counts\n"

    def test_a_trial_stops_at_a_report_and_may_keep_its_model(self, pool: Pool, tmp_path: Path) -> None:
        judge, trial_work = Recorder(stop_at=2, keep=True), work(tmp_path, "count", n=100)
        end = pool.run(trial_work, judge.judge)
        assert (end.state, len(judge.reports), judge.n_trained) == (TrialState.COMPLETED, 2, 1)
        assert load_model(trial_work.model) == {"weights": [2.0]}
        assert trial_work.log.read_text() == "counts\nwas told to stop\n"

    def test_a_trial_that_goes_on_after_it_was_to_stop_is_killed(self, pool: Pool, tmp_path: Path) -> None:
        judge = Recorder(stop_at=1)
        end = pool.run(work(tmp_path, "count on")._replace(grace=0.2), judge.judge)
        assert (end.state, end.is_lost) == (TrialState.COMPLETED, False)
        assert (len(judge.reports), judge.n_trained) == (1, 0)
        _expect_to_work(pool, tmp_path / "next")

    def test_a_trial_that_takes_too_long_is_killed(self, pool: Pool, tmp_path: Path) -> None:
        trial_work = work(tmp_path, "block")._replace(timeout=0.5)
        end = pool.run(trial_work, Recorder().judge)
        assert end == timed_out(trial_work, end.seconds or 0.0)
        _expect_to_work(pool, tmp_path / "next")

    def test_the_end_of_the_sweeps_time_cancels_a_trial(self, pool: Pool, tmp_path: Path) -> None:
        for seconds in (0.0, 0.5):
            trial_work = work(tmp_path / str(seconds), "block")._replace(time_left=seconds, timeout=3600.0)
            end = pool.run(trial_work, Recorder().judge)
            assert end == out_of_time(end.seconds)
        _expect_to_work(pool, tmp_path / "next")

    def test_a_trial_that_reports_after_the_end_of_the_sweeps_time_stops_there_and_keeps_its_model(
        self, pool: Pool, tmp_path: Path
    ) -> None:
        _expect_to_work(pool, tmp_path / "first")  # so that a worker is ready
        trial_work = work(tmp_path, "count", n=10**9)._replace(time_left=3.0, grace=60.0)
        latest, reports = time.monotonic() + 3.0, []

        def report(metrics: object) -> bool:
            reports.append(metrics)
            time.sleep(max(0.1, latest - time.monotonic()))  # until the time of the sweep is over
            return False

        end = pool.run(trial_work, Judge(report, lambda _: True))
        assert end == out_of_time(end.seconds)
        assert load_model(trial_work.model) == {"weights": [float(len(reports))]}

    def test_an_error_is_that_trials_own_fault(self, pool: Pool, tmp_path: Path) -> None:
        trial_work = work(tmp_path, "fail")
        end = pool.run(trial_work, Recorder().judge)
        assert (end.state, end.is_lost) == (TrialState.FAILED, False)
        assert end.reason == "ValueError: on purpose"
        assert trial_work.log.read_text().endswith("ValueError: on purpose\n")
        _expect_to_work(pool, tmp_path / "next")

    def test_a_trial_whose_worker_dies_is_lost_and_no_other_is(self, pool: Pool, tmp_path: Path) -> None:
        end = pool.run(work(tmp_path, "be killed"), Recorder().judge)
        assert (end.state, end.is_lost) == (TrialState.FAILED, True)
        assert end.reason
        _expect_to_work(pool, tmp_path / "next")

    def test_a_judge_that_breaks_ends_the_trial_and_no_other(self, pool: Pool, tmp_path: Path) -> None:
        def break_down(_: object) -> bool:
            raise RuntimeError("disk full")

        with pytest.raises(RuntimeError, match="disk full"):
            pool.run(work(tmp_path, "count", n=3), Judge(break_down, break_down))
        _expect_to_work(pool, tmp_path / "next")

    def test_stopping_cancels_trials_that_run_wait_or_come_later(
        self, compute: BaseCompute, tmp_path: Path
    ) -> None:
        running, waiting = work(tmp_path / "a", "block"), work(tmp_path / "b", "block")
        with new_pool(compute, tmp_path) as pool, ThreadPoolExecutor() as threads:
            futures = [threads.submit(pool.run, running, Recorder().judge)]
            _wait_for(running)
            futures.append(threads.submit(pool.run, waiting, Recorder().judge))
            pool.stop()
            pool.stop()
            ends = [_result(future) for future in futures]
            ends.append(pool.run(work(tmp_path / "c", "block"), Recorder().judge))
        assert ends == [stopped(end.seconds) for end in ends]

    def test_as_many_trials_train_at_once_as_there_are_slots(
        self, compute: BaseCompute, tmp_path: Path
    ) -> None:
        two_run, running = threading.Barrier(2, timeout=_TIMEOUT_SECONDS), _Counter()

        def report(_: object) -> bool:
            running.add(1)
            two_run.wait()
            return False

        def trained(_: object) -> bool:
            running.add(-1)
            return False

        works = [work(tmp_path / str(number), "count", n=1) for number in range(4)]
        with new_pool(compute, tmp_path, slots=2) as pool, ThreadPoolExecutor(4) as threads:
            ends = list(threads.map(lambda trial_work: pool.run(trial_work, Judge(report, trained)), works))
        assert {end.state for end in ends} == {TrialState.COMPLETED}
        assert running.most == 2

    def test_a_pool_may_be_closed_twice(self, compute: BaseCompute, tmp_path: Path) -> None:
        pool = new_pool(compute, tmp_path)
        _expect_to_work(pool, tmp_path / "first")
        pool.close()
        pool.close()
        assert pool.run(work(tmp_path / "late", "block"), Recorder().judge) == stopped(None)

    def test_work_and_compute_are_the_same_elsewhere(self, compute: BaseCompute, tmp_path: Path) -> None:
        trial_work = work(tmp_path, "count", n=1)
        assert pickle.loads(pickle.dumps(trial_work)) == trial_work
        assert type(compute).model_validate_json(compute.model_dump_json()) == compute
        assert pickle.loads(pickle.dumps(compute)) == compute


class Recorder:
    """A judge that records reports, and stops a trial at its `stop_at`-th one (None: never)."""

    def __init__(self, stop_at: int | None = None, *, keep: bool = False) -> None:
        self.reports: list[dict[str, object]] = []
        self.n_trained = 0
        self._stop_at = stop_at
        self._keep = keep

    @property
    def judge(self) -> Judge:
        """The judge to give to a pool."""
        return Judge(self._report, self._trained)

    def _report(self, metrics: Mapping[str, object]) -> bool:
        self.reports.append(dict(metrics))
        return len(self.reports) == self._stop_at

    def _trained(self, _: Mapping[str, float]) -> bool:
        self.n_trained += 1
        return self._keep


def new_pool(compute: BaseCompute, folder: Path, slots: int = 1) -> Pool:
    """A pool for the trials of `work`."""
    return compute.pool(_TRIAL, slots, slots, folder / "workers.log")


def work(folder: Path, act: str, **parameters: Value) -> Work:
    """A trial that runs this function of `sweepflow.testing.pool_trials`, with a folder of its own."""
    folder.mkdir(exist_ok=True)
    all_parameters = {"act": act, "note": str(folder / "note"), **parameters}
    return Work(
        job=Job(parameters=all_parameters, data=None, objective=_OBJECTIVE, metrics=()),
        log=folder / "log.txt",
        model=folder / "model.skops",
    )


class _Counter:
    """Counts up and down, from many threads, and records the maximum."""

    def __init__(self) -> None:
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()

    def add(self, n: int) -> None:
        """Add n to the count."""
        with self._lock:
            self._now += n
            self.most = max(self.most, self._now)


def _expect_to_work(pool: Pool, folder: Path) -> None:
    judge = Recorder()
    end = pool.run(work(folder, "count", n=2), judge.judge)
    assert (end.state, len(judge.reports)) == (TrialState.COMPLETED, 2)


def _wait_for(running: Work) -> None:
    """Wait until the trial runs."""
    latest = time.monotonic() + _TIMEOUT_SECONDS
    while not Path(str(running.job.parameters["note"])).exists():
        assert time.monotonic() < latest, "the trial has not begun"
        time.sleep(0.01)


def _result(future: Future[TrialEnd]) -> TrialEnd:
    return future.result(timeout=_TIMEOUT_SECONDS)
