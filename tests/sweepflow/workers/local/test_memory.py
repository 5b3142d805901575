import os
import subprocess
import sys

import pytest

from pools import until
from sweepflow.base.warden import table, tree
from sweepflow.workers.local import memory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
MEGABYTE = 1_000_000
BIG = 100 * MEGABYTE


@pytest.fixture
def holder(tmp_path):
    """A group of two processes that share 100 MB, one having made the other."""
    note = tmp_path / "note"
    code = (
        f"import os, pathlib, time; kept = b'x' * {BIG}; other = os.fork(); "
        f"other and pathlib.Path({str(note)!r}).touch(); time.sleep(1000)"
    )
    with subprocess.Popen([sys.executable, "-c", code], start_new_session=True) as process:
        until(note.exists)
        yield process
        os.killpg(process.pid, 9)


def test_a_group_has_all_its_processes(holder):
    found = tree(holder.pid, table())
    assert holder.pid in found
    assert len(found) == 2
    assert os.getpid() in tree(os.getpgid(0), table())


def test_what_processes_share_counts_once(holder):
    both = tree(holder.pid, table())
    assert memory.holds_more(both, BIG)
    assert not memory.holds_more(both, BIG + 80 * MEGABYTE)  # twice would be 200


def test_processes_that_have_gone_hold_nothing():
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    assert not memory.holds_more([gone.pid], 0)
    assert not memory.holds_more([], 0)


def test_this_system_tells():
    assert memory.is_known()
