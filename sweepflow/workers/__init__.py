"""Where trials train; a new compute is one file here and one name in the union."""

from typing import Annotated

from sweepflow.fields.union import ByType
from sweepflow.workers.dask.compute import DaskCompute
from sweepflow.workers.local.children import Children, begin_ahead, children_of, in_child, spare_tables
from sweepflow.workers.local.compute import LocalCompute
from sweepflow.workers.pool import BaseCompute, Pool
from sweepflow.workers.work import Judge, Work

Compute = Annotated[LocalCompute | DaskCompute, ByType()]

__all__ = [
    "BaseCompute",
    "Children",
    "Compute",
    "DaskCompute",
    "Judge",
    "LocalCompute",
    "Pool",
    "Work",
    "begin_ahead",
    "children_of",
    "dask",
    "ends",
    "in_child",
    "local",
    "log",
    "spare_tables",
]
