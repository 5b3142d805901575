"""Work that reads tables, in a fork of a process that does without what reads them.

Pandas and Arrow take 60 MB in each process that imports them, beside what they read.
"""

import os
import pickle
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn, TypeVar

from sweepflow.base.answers import Answer, answer_of, result_of
from sweepflow.base.joblib_files import end_joblib_processes, remove_joblib_files
from sweepflow.base.orphan import die_with
from sweepflow.base.signals import end_in_words
from sweepflow.base.tables import has_pandas
from sweepflow.errors import ChildDied

T = TypeVar("T")

_spares_tables = False


def spare_tables() -> None:
    """Let this process, and those that are forked from it, do without what reads tables from now on."""
    global _spares_tables
    _spares_tables = True


def spares_tables() -> bool:
    """Whether this process is to do without what reads tables."""
    return _spares_tables


def reading_tables(work: Callable[[], T]) -> T:
    """What this work returns, which reads tables; raises what it raises.

    In a fork, if this process spares tables, and has not imported pandas all the same. ChildDied if that
    cannot be started, or ends before, such as for want of memory; it ends with this process. The work must do
    without threads of C libraries: those that this process has started are not in its fork.
    """
    return _in_fork(work) if _spares_tables and not has_pandas() else work()


def _in_fork(work: Callable[[], T]) -> T:
    _flush()  # or the fork would write it too
    parent, (reading, writing) = os.getpid(), os.pipe()
    try:
        pid = os.fork()
    except OSError as error:
        os.close(reading)
        os.close(writing)
        raise ChildDied(f"no process can be started to read the table: {error}") from error
    if not pid:
        _work(work, parent, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        written = stream.read()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    remove_joblib_files(pid)
    if code:
        raise ChildDied(f"the process that read the table {end_in_words(code)}")
    answer: Answer = pickle.loads(written)
    result: T = result_of(answer)
    return result


def _work(work: Callable[[], object], parent: int, writing: int) -> NoReturn:
    code = 1
    try:
        die_with(parent)
        answer = answer_of(work)
        _flush()
        end_joblib_processes()
        with os.fdopen(writing, "wb") as stream:
            pickle.dump(answer, stream)
        code = 0
    finally:
        os._exit(code)


def _flush() -> None:
    for output in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # of a full disk, or closed: what was printed is lost
            output.flush()
