"""Files between the flow and a worker that does not see them, without a cluster."""

from pathlib import Path

import pytest

from pools import OBJECTIVE
from sweepflow.training.job import Job
from sweepflow.workers import Work
from sweepflow.workers.dask import task
from sweepflow.workers.dask.delivery import Delivery
from sweepflow.workers.dask.goods import Goods
from sweepflow.workers.dask.mirror import Mirror
from sweepflow.workers.log import note

WORKER = "tcp://10.0.0.1:1234"


class Away:
    """A worker with a mirror of its own, reached by a Delivery of nothing but trials' results."""

    def __init__(self, folder: Path) -> None:
        self.mirror = Mirror(folder)
        self.delivery = Delivery(self._call, list)

    def _call(self, worker, function, *arguments):
        assert (worker, function) == (WORKER, task.read)
        return self.mirror.read(*arguments)


@pytest.fixture
def work(tmp_path):
    job = Job(parameters={}, data=None, objective=OBJECTIVE, metrics=())
    return Work(job, tmp_path / "flow/log.txt", tmp_path / "flow/model.skops")


def test_a_worker_that_has_removed_its_mirror_is_sent_everything_again(tmp_path, work):
    table, sent = tmp_path / "table", []
    table.write_text("rows")
    delivery = Delivery(
        lambda _worker, _function, path, *_: sent.append(path), lambda: [Goods(table, (table,))]
    )
    for mirror in ("first", "first", "second"):
        delivery.deliver(WORKER, mirror, work)
    assert sent == [str(table)] * 2


def test_what_a_trial_printed_comes_after_the_notes_on_its_earlier_attempts(tmp_path, work):
    away = Away(tmp_path / "away")
    away.mirror.work(work)
    away.mirror.place(work.log).write_text("trains\n")
    work.log.parent.mkdir()
    note(work.log, "attempt 1 of 2: the worker is gone")
    away.delivery.collect(WORKER, away.mirror.results(work), work)
    assert work.log.read_text() == "[attempt 1 of 2: the worker is gone]\ntrains\n"
