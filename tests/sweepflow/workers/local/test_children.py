"""Processes in which one function is called, forked from the one that workers are forked from."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

import psutil
import pytest

from pools import is_running, until
from sweepflow.data.prepare import check_columns
from sweepflow.data.source import DataSource
from sweepflow.errors import ChildDied, DataError, SpecError
from sweepflow.spec.spec import Spec
from sweepflow.training import EstimatorTrial, FunctionTrial
from sweepflow.workers import LocalCompute, children_of, in_child, spare_tables
from sweepflow.workers.local.children import Children

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")

FOREST = EstimatorTrial(estimator="sklearn.ensemble.RandomForestClassifier")


@pytest.fixture(scope="module")
def children():
    with children_of(FOREST, 1) as children:
        yield children


def test_a_function_is_called_in_another_process_with_this_ones_environment(children, monkeypatch):
    monkeypatch.setenv("SWEEPFLOW_HOME", "/somewhere")
    assert children.call(os.getenv, "SWEEPFLOW_HOME") == "/somewhere"
    assert children.call(os.getpid) != os.getpid()


def test_it_may_use_all_cores_though_a_worker_may_not(children, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    found = children.call(eval, "__import__('threadpoolctl').threadpool_info()")
    assert {library["num_threads"] for library in found} == {len(os.sched_getaffinity(0))}


def imported(pid) -> set[str]:
    """Which of the libraries that read tables the process has in memory."""
    maps = Path(f"/proc/{pid}/maps").read_text()
    return {name for name in ("pandas", "libarrow") if name in maps}


def test_processes_that_spare_tables_have_nothing_that_reads_them(tmp_path):
    look = "sorted({'pandas', 'pyarrow'} & {*__import__('sys').modules})"
    with children_of(FOREST, 1) as children:
        had = children.fork_server._process.pid
        assert children.call(eval, look) == ["pandas", "pyarrow"]
        spare_tables()
        spare_tables()  # a second time changes nothing
        until(lambda: not is_running(had))
        assert children.call(eval, look) == []
        assert children.call(eval, "__import__('pandas').__name__") == "pandas"
        with LocalCompute().pool(FOREST, 1, 1, tmp_path / "workers.log") as pool:
            (worker,) = until(lambda: pool._all_workers())
            assert worker.wait_until_ready(None)
            assert imported(worker.pid) == set()


def test_what_it_raises_is_raised_here_in_the_same_words(children):
    for function, argument, error in (
        (Spec.parse, {"trial": 3}, SpecError),
        (check_columns, DataSource(path="/nowhere.csv", target="y"), DataError),
    ):
        with pytest.raises(error) as here:
            function(argument)
        with pytest.raises(error) as there:
            children.call(function, argument)
        assert str(there.value) == str(here.value)


def test_an_error_that_cannot_be_sent_still_tells_what_it_is(children):
    lock_in_error = "(_ for _ in ()).throw(ValueError(__import__('threading').Lock()))"
    with pytest.raises(RuntimeError, match=r"^ValueError: <unlocked _thread\.lock"):
        children.call(eval, lock_in_error)


def test_an_error_that_cannot_be_rebuilt_here_still_tells_what_it_is(children):
    wants_more = "(_ for _ in ()).throw(__import__('httpx').HTTPStatusError('no', request=1, response=2))"
    with pytest.raises(RuntimeError, match=r"^HTTPStatusError: no$"):
        children.call(eval, wants_more)


def test_what_cannot_be_sent_is_told_as_an_error(children):
    with pytest.raises((AttributeError, pickle.PicklingError), match="lambda"):
        children.call(eval, "lambda: 1")
    with pytest.raises((AttributeError, pickle.PicklingError), match="lambda"):
        children.call(len, [lambda: 1])
    assert children.call(len, [1]) == 1


def test_where_an_error_was_raised_comes_before_its_words(children):
    with pytest.raises(ZeroDivisionError) as raised:
        children.call(eval, "1 / 0")
    told = "".join(traceback.format_exception(raised.value))
    assert told.index('File "<string>", line 1, in <module>') < told.index("direct cause")
    assert told.endswith("ZeroDivisionError: division by zero\n")


def test_what_is_printed_there_is_not_lost():
    script = (
        "import warnings\nfrom sweepflow.training import EstimatorTrial\n"
        "from sweepflow.workers import children_of\n"
        f"with children_of(EstimatorTrial(estimator={FOREST.estimator!r}), 1) as children:\n"
        "    for n in range(20):\n        children.call(print, 'printed', n)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == ""  # which is for the answer of a command
    assert done.stderr == "".join(f"printed {n}\n" for n in range(20))


def test_one_that_dies_is_told_in_a_sentence_and_the_next_call_works(children):
    with pytest.raises(ChildDied, match=r"^the process of the sweep that ran _exit ended with exit code 3$"):
        children.call(os._exit, 3)
    with pytest.raises(ChildDied, match="that ran abort was ended by SIGABRT"):
        children.call(os.abort)
    os.kill(children.fork_server._process.pid, signal.SIGKILL)
    until(lambda: not children.fork_server.is_alive)
    assert children.call(abs, -1) == 1


def test_a_call_for_which_no_process_can_be_started_is_told_in_a_sentence():
    ended = Children(FOREST, 1)
    ended.close()
    with pytest.raises(ChildDied, match=r"^no process can be started to run abs: the sweep has ended$"):
        ended.call(abs, -1)


def test_an_interrupt_ends_the_call_and_its_process(children):
    children.call(abs, -1)
    server = psutil.Process(children.fork_server._process.pid)
    found = []

    def interrupt():
        found.extend(until(lambda: [child.pid for child in server.children()]))
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        children.call(time.sleep, 3600)
    thread.join()
    assert len(found) == 1
    until(lambda: not is_running(found[0]))  # by itself, if it came before its process was known here


def test_workers_of_the_same_trial_come_from_the_same_process(children, tmp_path):
    with LocalCompute().pool(FOREST, 1, 1, tmp_path / "log") as pool:
        (worker,) = until(lambda: pool._workers)
        assert psutil.Process(worker.pid).ppid() == children.fork_server._process.pid
    assert children.call(abs, -1) == 1


def test_a_trial_of_the_users_own_code_has_none_and_its_functions_are_called_here():
    with children_of(FunctionTrial(function="a:b"), 1) as children:
        assert children is None
        assert in_child(os.getpid) == os.getpid()


def test_nothing_is_left_of_a_call_whose_sweep_is_killed():
    script = (
        "import sys, threading, time\nimport psutil\n"
        "from sweepflow.training import EstimatorTrial\nfrom sweepflow.workers import children_of\n"
        f"with children_of(EstimatorTrial(estimator={FOREST.estimator!r}), 1) as children:\n"
        "    threading.Thread(target=children.call, args=(time.sleep, 3600), daemon=True).start()\n"
        "    server = psutil.Process(children.fork_server._process.pid)\n"
        "    while not (called := server.children()):\n        time.sleep(0.02)\n"
        "    print(server.pid, called[0].pid, flush=True)\n    sys.stdin.read()\n"
    )
    sweep = subprocess.Popen([sys.executable, "-c", script], stdin=-1, stdout=-1, text=True)
    pids = [int(pid) for pid in sweep.stdout.readline().split()]
    assert len(pids) == 2
    sweep.kill()
    sweep.communicate()
    until(lambda: not any(map(is_running, pids)))
