import sys

import pytest

from pools import is_running
from sweepflow.running.ahead import begin_children_ahead
from sweepflow.training import EstimatorTrial, FunctionTrial
from sweepflow.workers import children_of
from sweepflow.workers.local import children

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")

SVC = EstimatorTrial(estimator="sklearn.svm.SVC", parameters={"C": 2.0})


def begun_ahead(folder, text: str) -> int | None:
    """The process that was begun for a file of this text."""
    (folder / "spec.yml").write_text(text)
    begin_children_ahead(folder / "spec.yml")
    return children._ahead[0].fork_server._process.pid if children._ahead else None


@pytest.mark.parametrize(
    "text", ["trial:\n  estimator: sklearn.svm.SVC\n", '{"estimator":"sklearn.svm.SVC"}']
)
def test_the_sweep_takes_the_process_that_was_begun_for_its_estimator(tmp_path, text):
    pid = begun_ahead(tmp_path, text)
    with children_of(SVC, 1) as taken:
        assert taken.fork_server._process.pid == pid
        assert taken.setup["trial"]["parameters"] == {"C": 2.0}
        assert taken.call(abs, -1) == 1
    assert not is_running(pid)


@pytest.mark.parametrize(("trial", "threads"), [(FunctionTrial(function="a:b"), 1), (SVC, 2)])
def test_a_wrong_guess_ends_with_the_sweeps_start(tmp_path, trial, threads):
    pid = begun_ahead(tmp_path, "trial: {estimator: sklearn.svm.SVC}")
    assert is_running(pid)
    with children_of(trial, threads):
        assert not is_running(pid)


@pytest.mark.parametrize("text", ["trial: {function: 'a:b'}", "estimator: lightgbm.LGBMClassifier", ""])
def test_nothing_begins_ahead_for_what_is_not_forked(tmp_path, text):
    assert begun_ahead(tmp_path, text) is None
