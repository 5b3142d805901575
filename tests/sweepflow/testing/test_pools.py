"""What every pool must keep: those of the union, and one from outside."""

from typing import get_args

import pytest

from process_compute import ProcessCompute
from sweepflow.testing.pools import PoolTests
from sweepflow.workers import Compute

MEMBERS = [get_args(Compute)[0]]


@pytest.fixture(scope="module", params=[*MEMBERS, ProcessCompute], ids=lambda member: member.__name__)
def compute(request):
    return request.param()


class TestPools(PoolTests):
    pass
