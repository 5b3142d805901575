"""What a system tells of its processes, and which of them belong together."""

import os
import subprocess
import sys

import pytest

from sweepflow.base.warden import adopts_orphans, table, tree


def test_a_tree_is_all_below_a_process_and_its_group() -> None:
    processes = {
        10: (1, 10),
        11: (10, 10),
        12: (11, 12),  # in a group of its own
        13: (1, 10),  # in the group, though no longer below
        14: (13, 14),
        20: (1, 20),
    }
    assert tree(10, processes) == {10, 11, 12, 13, 14}
    assert tree(12, processes) == {12}
    assert tree(13, processes) == {13, 14}
    assert tree(99, processes) == set()


def test_one_that_is_its_own_parent_does_no_harm() -> None:
    assert tree(1, {1: (2, 1), 2: (1, 1)}) == {1, 2}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is no /proc")
def test_the_table_has_this_process_whatever_it_is_called() -> None:
    program = (
        "import ctypes, sys; ctypes.CDLL(None).prctl(15, b') S 1 1 ('); print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as odd:
        assert odd.stdout is not None
        odd.stdout.readline()
        processes = table()
        odd.kill()
    assert processes[odd.pid] == (os.getpid(), os.getpgrp())
    assert processes[os.getpid()] == (os.getppid(), os.getpgrp())


def test_tests_do_not_adopt_what_others_leave_behind() -> None:
    assert not adopts_orphans()
