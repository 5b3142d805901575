"""One trial as its worker sees it, without a cluster: how often it asks."""

import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from pools import OBJECTIVE, until
from sweepflow.training.job import Job
from sweepflow.trials.state import TrialEnd, TrialState
from sweepflow.workers import Work
from sweepflow.workers.dask import execution
from sweepflow.workers.dask.execution import Execution, Unwanted


class Silent:
    """A worker whose flow hears nothing, and is heard of only when `heard` is set."""

    def __init__(self, tmp_path):
        self.sent, self.looks, self.heard = [], 0, -1.0
        self.worker = SimpleNamespace(address="tcp://10.0.0.1:1234", log_event=self._log)
        job = Job(parameters={}, data=None, objective=OBJECTIVE, metrics=())
        work = Work(job, tmp_path / "log.txt", tmp_path / "model.skops")
        self.execution = Execution(self.worker, "pool", "trial", work, self._look)

    def _log(self, _topic, message):
        self.sent.append(message["number"])

    def _look(self):
        self.looks += 1
        return self.heard


def test_a_flow_that_was_stopped_finds_a_few_messages_of_a_trial_and_is_asked_again_when_it_goes_on(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(execution, "_AGAIN_SECONDS", 0.001)
    silent = Silent(tmp_path)
    with ThreadPoolExecutor(1) as threads:
        asking = threads.submit(silent.execution.judge.report, {"score": 1.0})
        try:
            until(lambda: silent.looks > 50)
            assert silent.sent == [1] * 5
            silent.heard = time.monotonic()
            until(lambda: len(silent.sent) > 5)
        finally:
            silent.execution.hear({"number": 1, "stop": True})
        assert asking.result(timeout=60) is True


def test_nobody_is_told_the_end_of_a_trial_that_was_given_up(tmp_path):
    silent = Silent(tmp_path)
    silent.execution.give_up()
    with pytest.raises(Unwanted):
        silent.execution.ended(TrialEnd(TrialState.COMPLETED, None, 1.0))
    assert silent.sent == []
