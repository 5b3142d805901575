"""What joblib keeps in shared memory goes with the process that made it."""

import sys
from pathlib import Path

import pytest

from pools import Runner, new_pool, note
from sweepflow.training import EstimatorTrial
from sweepflow.workers import children_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these files are those of Linux")

PARENT_OF_JOBLIBS_PROCESSES = (
    "__import__('joblib').Parallel(n_jobs=2)([(__import__('os').getppid, (), {})] * 2)[0]"
)


def of(pid):
    """The files in shared memory that are named after this process."""
    return [
        file.name for file in Path("/dev/shm").iterdir() if str(pid) in file.name.replace("_", "-").split("-")
    ]


def test_a_worker_that_is_killed_leaves_none(tmp_path):
    with new_pool(tmp_path) as pool:
        end, work = Runner(pool, tmp_path).run("be_killed_by_a_process_of_joblibs")
        assert end.is_lost
        assert of(note(work)) == []


def test_a_process_that_is_asked_leaves_none():
    with children_of(EstimatorTrial(estimator="sklearn.linear_model.Ridge"), 1) as children:
        assert of(children.call(eval, PARENT_OF_JOBLIBS_PROCESSES)) == []
