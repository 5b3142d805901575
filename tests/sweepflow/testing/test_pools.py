"""What every pool must keep: those of the union, and one from outside."""

from contextlib import closing
from typing import get_args

import pytest

from dask_cluster import DaskCluster
from process_compute import ProcessCompute
from sweepflow.testing.pools import PoolTests
from sweepflow.workers import Compute, DaskCompute

MEMBERS = get_args(get_args(Compute)[0])


@pytest.fixture(scope="module", params=[*MEMBERS, ProcessCompute], ids=lambda member: member.__name__)
def compute(request, tmp_path_factory):
    if request.param is DaskCompute:
        with closing(DaskCluster(tmp_path_factory.mktemp("dask"), n_workers=1, n_threads=2)) as cluster:
            yield DaskCompute(address=cluster.address)
    else:
        yield request.param()


class TestPools(PoolTests):
    pass
