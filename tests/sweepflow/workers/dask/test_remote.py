"""One trial as the flow sees it, without a cluster: what is answered, and how the trial ends."""

import time

import pytest

from pools import OBJECTIVE
from sweepflow.testing.pools import Recorder
from sweepflow.training.job import Job
from sweepflow.trials.state import TrialEnd, TrialState
from sweepflow.workers import Judge, Work
from sweepflow.workers.dask.lost import Misplaced, SchedulerLost
from sweepflow.workers.dask.messages import OVER
from sweepflow.workers.dask.remote import RemoteTrial, Transport
from sweepflow.workers.ends import no_worker, out_of_time, stopped

WORKER = "tcp://10.0.0.1:1234"


class Flow:
    """A trial, and what it has answered, as (execution, number, answer)."""

    def __init__(self, tmp_path, judge=None, seconds=None):
        self.recorder = Recorder()
        job = Job(parameters={}, data=None, objective=OBJECTIVE, metrics=())
        self.answers, self.delivered, self.collected, self.is_unreachable = [], [], [], False
        deadline = None if seconds is None else time.monotonic() + seconds
        work = Work(job, tmp_path / "log.txt", tmp_path / "model.skops")
        transport = Transport(self._answer, self._deliver, self._collect)
        self.trial = RemoteTrial(work, judge or self.recorder.judge, deadline, transport)

    def _answer(self, message, answer):
        self.answers.append((message["execution"], message["number"], answer))

    def _deliver(self, worker, mirror, _work):
        if self.is_unreachable:
            raise OSError("no route")
        self.delivered.append((worker, mirror))
        return ["/data"]

    def _collect(self, _worker, files, _work):
        if self.is_unreachable:
            raise OSError("no route")
        self.collected += files

    def hear(self, kind, number, execution="a", worker=WORKER, **content):
        message = {"kind": kind, "execution": execution, "number": number, "worker": worker, "mirror": None}
        self.trial.hear({**message, **content})


@pytest.fixture
def flow(tmp_path):
    return Flow(tmp_path)


ENDED = {"end": ["completed", None, 1.5, False], "files": []}


def test_a_message_that_comes_again_is_answered_again_and_counts_once(flow):
    flow.hear("begin", 1)
    flow.hear("report", 2, metrics={"score": 1.0})
    flow.hear("report", 2, metrics={"score": 1.0})
    flow.hear("report", 3, metrics={"score": 2.0})
    flow.hear("report", 2, metrics={"score": 1.0})
    flow.hear("ended", 4, end=ENDED["end"], files=[["/sweep/log.txt", 3]])
    assert flow.trial.until_end() == TrialEnd(TrialState.COMPLETED, None, 1.5)
    assert flow.recorder.reports == [{"score": 1.0}, {"score": 2.0}]
    go_on = {"stop": False}
    assert flow.answers == [
        ("a", 1, {"time_left": None, "roots": []}),
        ("a", 2, go_on),
        ("a", 2, go_on),
        ("a", 3, go_on),
        ("a", 4, {}),
    ]


def test_an_end_that_leaves_no_files_is_not_answered_since_its_task_waits_for_nothing(flow):
    flow.hear("begin", 1)
    flow.hear("ended", 2, **ENDED)
    assert flow.trial.until_end() == TrialEnd(TrialState.COMPLETED, None, 1.5)
    assert [answer for _, number, answer in flow.answers if number == 2] == []
    assert flow.trial.has_ended


def test_a_task_that_dask_starts_a_second_time_does_not_train_and_the_trial_is_lost(flow):
    flow.hear("begin", 1)
    flow.hear("report", 2, metrics={"score": 1.0})
    flow.hear("begin", 1, execution="b", worker="tcp://10.0.0.2:1234")
    end = flow.trial.until_end()
    assert (end.state, end.is_lost) == (TrialState.FAILED, True)
    assert end.reason == "Dask has started it a second time"
    assert flow.answers[-1] == ("b", 1, OVER)


def test_a_report_of_an_execution_that_never_began_is_none(flow):
    flow.hear("report", 2, execution="old", metrics={"score": 9.0})
    flow.hear("begin", 1)
    flow.hear("report", 3, execution="old", metrics={"score": 9.0})
    flow.hear("ended", 2, **ENDED)
    flow.trial.until_end()
    assert flow.recorder.reports == []
    assert [answer for answer in flow.answers if answer[0] == "old"] == [("old", 2, OVER), ("old", 3, OVER)]


def test_only_the_loss_of_its_own_worker_loses_a_trial(flow):
    flow.trial.worker_is_gone("tcp://10.0.0.9:1")
    flow.hear("begin", 1)
    flow.trial.worker_is_gone("tcp://10.0.0.9:1")
    flow.trial.worker_is_gone(WORKER)
    end = flow.trial.until_end()
    assert (end.state, end.is_lost, end.reason) == (TrialState.FAILED, True, f"the worker {WORKER} is gone")


def test_a_trial_that_was_to_stop_has_completed_even_if_its_worker_is_lost(tmp_path):
    flow = Flow(tmp_path, Judge(lambda _: True, lambda _: False))
    flow.hear("begin", 1)
    flow.hear("report", 2, metrics={"score": 1.0})
    flow.trial.worker_is_gone(WORKER)
    end = flow.trial.until_end()
    assert (end.state, end.is_lost, end.reason) == (TrialState.COMPLETED, False, None)


def test_a_trial_that_has_trained_keeps_its_value_if_its_worker_is_lost(flow):
    flow.hear("begin", 1)
    flow.hear("trained", 2, metrics={})
    flow.trial.worker_is_gone(WORKER)
    end = flow.trial.until_end()
    assert (end.state, end.is_lost) == (TrialState.COMPLETED, True)
    assert end.reason == f"the model cannot be saved: the worker {WORKER} is gone"


def test_a_task_that_fails_before_the_trial_began_is_no_fault_of_the_trial(flow):
    flow.trial.task_is_over("ModuleNotFoundError: No module named 'sweepflow'")
    assert flow.trial.until_end() == no_worker("ModuleNotFoundError: No module named 'sweepflow'")


def test_a_judge_that_breaks_ends_the_trial_on_its_worker(tmp_path):
    def break_down(_):
        raise RuntimeError("disk full")

    flow = Flow(tmp_path, Judge(break_down, break_down))
    flow.hear("begin", 1)
    flow.hear("report", 2, metrics={"score": 1.0})
    with pytest.raises(RuntimeError, match="disk full"):
        flow.trial.until_end()
    assert flow.answers[-1] == ("a", 2, OVER)


def test_the_sweeps_time_goes_on_while_no_worker_takes_the_trial(tmp_path):
    assert Flow(tmp_path, seconds=0.05).trial.until_end() == out_of_time(None)


def test_a_worker_is_told_how_much_time_is_left(tmp_path):
    flow = Flow(tmp_path, seconds=100.0)
    flow.hear("begin", 1)
    flow.hear("ended", 2, **ENDED)
    flow.trial.until_end()
    assert 90 < flow.answers[0][2]["time_left"] <= 100


def test_a_stopped_pool_ends_what_has_not_begun_and_waits_for_what_runs(flow, tmp_path):
    flow.trial.stop()
    assert flow.trial.until_end() == stopped(None)
    running = Flow(tmp_path)
    running.hear("begin", 1)
    running.trial.stop()
    running.hear("ended", 2, end=["canceled", "the sweep was stopped", 0.5, False], files=[])
    assert running.trial.until_end() == stopped(0.5)


def test_the_loss_of_the_scheduler_is_no_end_of_the_trial(flow):
    flow.hear("begin", 1)
    flow.trial.scheduler_is_lost(SchedulerLost("gone"))
    with pytest.raises(SchedulerLost):
        flow.trial.until_end()


def test_a_worker_that_does_not_see_the_folder_is_sent_what_it_needs_once_and_asked_for_what_is_left(flow):
    flow.hear("begin", 1, mirror="m")
    flow.hear("begin", 1, mirror="m")
    flow.hear("ended", 2, end=ENDED["end"], files=[["/sweep/log.txt", 3]])
    assert flow.trial.until_end().state is TrialState.COMPLETED
    assert flow.answers[0] == ("a", 1, {"time_left": None, "roots": ["/data"]})
    assert (flow.delivered, flow.collected) == ([(WORKER, "m")], [["/sweep/log.txt", 3]])


def test_a_trial_that_a_worker_cannot_train_is_submitted_again_only_before_it_begins(tmp_path):
    waiting, running = Flow(tmp_path), Flow(tmp_path)
    waiting.trial.is_misplaced()
    waiting.hear("begin", 1)  # of the task that is given up
    with pytest.raises(Misplaced):
        waiting.trial.until_end()
    assert waiting.answers == []
    running.hear("begin", 1)
    running.trial.is_misplaced()
    running.hear("ended", 2, **ENDED)
    assert running.trial.until_end().state is TrialState.COMPLETED


def test_a_worker_that_cannot_be_sent_what_it_needs_has_lost_the_trial(flow):
    flow.is_unreachable = True
    flow.hear("begin", 1, mirror="m")
    end = flow.trial.until_end()
    assert (end.state, end.is_lost) == (TrialState.FAILED, True)
    assert end.reason == f"the worker {WORKER} could not be sent what it needs: no route"
