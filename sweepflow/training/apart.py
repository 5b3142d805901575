"""Work that reads tables, in a fork of a process that does without what reads them.

Pandas and Arrow take 60 MB in each process that imports them, beside what they read.
"""

import os
import pickle
import sys
from collections.abc import Callable
from typing import NoReturn, TypeVar

from sweepflow.base.answers import Answer, answer_of, result_of
from sweepflow.base.orphan import die_with
from sweepflow.base.signals import in_words
from sweepflow.base.tables import has_pandas
from sweepflow.errors import ChildDied

T = TypeVar("T")

_forks = False


def spare_tables() -> None:
    """Let `reading_tables` fork from now on. For a process that has one thread, and no other than its own."""
    global _forks
    _forks = True


def reading_tables(work: Callable[[], T]) -> T:
    """What this work returns, which reads tables; raises what it raises.

    In a fork, if this process is to do without what reads tables, and has imported none of it. ChildDied if
    that ends before, such as for want of memory; it ends with this process. In a fork there are none of the
    threads that C libraries have started in this process.
    """
    return _in_fork(work) if _forks and not has_pandas() else work()


def _in_fork(work: Callable[[], T]) -> T:
    reading, writing = os.pipe()
    parent = os.getpid()
    if not (pid := os.fork()):
        _work(work, parent, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        written = stream.read()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code:
        how = f"was ended by {in_words(-code)}" if code < 0 else f"ended with exit code {code}"
        raise ChildDied(f"the process that read the table {how}")
    answer: Answer = pickle.loads(written)
    result: T = result_of(answer)
    return result


def _work(work: Callable[[], object], parent: int, writing: int) -> NoReturn:
    code = 1
    try:
        die_with(parent)
        answer = answer_of(work)
        for output in (sys.stdout, sys.stderr):
            output.flush()
        with os.fdopen(writing, "wb") as stream:
            pickle.dump(answer, stream)
        code = 0
    finally:
        os._exit(code)
