"""How many threads one trial's training may use."""

import os

from sweepflow.base.settings import cores


def n_threads() -> int:
    """The share of the cores of the slot that this process trains in; all of them in no slot's process."""
    share = os.environ.get("OMP_NUM_THREADS", "")
    return int(share) if share.isdecimal() and int(share) > 0 else cores()
