"""Work in a fork, with real processes."""

import os
import subprocess
import sys

import pytest

from sweepflow.training.apart import reading_tables

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")

SPARING = (
    "import os, sys; from sweepflow.training.apart import reading_tables, spare_tables; spare_tables(); "
)


def said(code: str) -> str:
    """What a process that spares tables prints, which keeps it for a while before that."""
    buffering = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-c", SPARING + code]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=buffering).stdout


def test_where_tables_may_be_imported_the_work_is_done_here():
    done = []
    assert reading_tables(lambda: done.append(1) or 7) == 7
    assert done == [1]


def test_a_process_that_spares_tables_has_its_answer_and_no_pandas():
    read = "int(__import__('pandas').Series([1, 2]).sum())"
    assert said(f"print(reading_tables(lambda: {read}), 'pandas' in sys.modules)") == "3 False\n"


def test_one_that_has_imported_them_all_the_same_does_the_work_itself():
    assert said("import pandas; print(reading_tables(os.getpid) == os.getpid())") == "True\n"


def test_what_the_work_prints_is_not_lost_and_is_not_printed_twice():
    assert said("print('before'); reading_tables(lambda: print('there'))").split() == ["before", "there"]


def test_what_it_raises_is_raised_here():
    code = """
try:
    reading_tables(lambda: open('/nowhere'))
except OSError as error:
    print(error.filename, '/nowhere' in str(error.__cause__))
"""
    assert said("exec('''" + code + "''')") == "/nowhere True\n"


def test_no_process_or_file_of_joblibs_is_left():
    code = """
import psutil
from pathlib import Path
from joblib import Parallel, delayed
pid, parents = reading_tables(lambda: (os.getpid(), Parallel(n_jobs=2)([delayed(os.getppid)()] * 2)))
left = [file.name for file in Path("/dev/shm").iterdir() if str(pid) in file.name]
print(parents == [pid] * 2, left, [each for each in psutil.process_iter() if each.ppid() == pid])
"""
    assert said("exec('''" + code + "''')") == "True [] []\n"


def test_a_fork_that_is_killed_is_told_in_a_sentence():
    code = """
try:
    reading_tables(lambda: os.kill(os.getpid(), 9))
except Exception as error:
    print(type(error).__name__, error)
"""
    words = said("exec('''" + code + "''')")
    assert words.startswith("ChildDied the process that read the table was ended by SIGKILL")
