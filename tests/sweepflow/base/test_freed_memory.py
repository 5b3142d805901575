import re
import sys
from pathlib import Path

import numpy as np
import pytest

from sweepflow.base.freed_memory import give_back_freed_memory


def _resident_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"RssAnon:\s*(\d+) kB", status)[0]) / 1024


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc can be asked for it")
def test_memory_below_what_is_still_used_goes_back_to_the_system() -> None:
    arrays = [np.ones(100_000, dtype=np.uint8) for _ in range(1000)]
    del arrays[:-1]
    before = _resident_mb()

    give_back_freed_memory()

    assert before - _resident_mb() > 80
    assert arrays[0].all()


def test_nothing_happens_where_no_allocator_can_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "pyarrow", raising=False)

    give_back_freed_memory()
