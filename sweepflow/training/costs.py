"""What the model of a trial costs: the seconds of its fit, the milliseconds to predict a row, its bytes."""

import pickle
import time
import warnings
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sweepflow.data.prepared import PreparedData, load_rows

if TYPE_CHECKING:
    import pandas as pd

_MOST_CALLS = 5
_BUDGET = 0.003
"""Seconds after which no further call is timed: measuring is to cost a trial little more than one call."""


class Stopwatch:
    """The stages of a fit, and the seconds that they have taken, without what was done between them."""

    def __init__(self, stages: Iterator[None]) -> None:
        self.seconds = 0.0
        self._stages = stages

    def __iter__(self) -> Iterator[None]:
        while True:
            began = time.perf_counter()
            try:
                next(self._stages)
            except StopIteration:
                return
            finally:
                self.seconds += time.perf_counter() - began
            yield


class PreprocessedRow(NamedTuple):
    """One row as the preprocessing of a model makes it, which takes so many milliseconds."""

    features: Any
    milliseconds: float


def first_row(data: PreparedData) -> "pd.DataFrame":
    """The features of the first validation row, as they are in the prepared data."""
    return _first_row(data.folder).drop(columns=list(data.targets))


@lru_cache(maxsize=4)  # for the next trial of the same worker
def _first_row(folder: str) -> "pd.DataFrame":
    return load_rows(folder, "validation", np.array([0]))


def costs_of(model: Any, row: Any, fit_seconds: float) -> dict[str, float]:
    """`fit_seconds`; `predict_ms` for the one raw row, at best; `model_bytes`, as it is pickled.

    A `PreprocessedRow` stands for the raw row of which it was made by the model's first step. What cannot be
    measured is left out: a model without `predict`, one that cannot predict the row (None: there is none), or
    one that cannot be pickled.
    """
    found = {"fit_seconds": fit_seconds, "predict_ms": _predict_ms(model, row), "model_bytes": _size(model)}
    return {name: cost for name, cost in found.items() if cost is not None}


def _predict_ms(model: Any, row: Any) -> float | None:
    if row is None or not hasattr(model, "predict"):
        return None
    if not isinstance(row, PreprocessedRow):
        return quickest_ms(lambda: model.predict(row))
    rest = model[1:]
    milliseconds = quickest_ms(lambda: rest.predict(row.features))
    return None if milliseconds is None else row.milliseconds + milliseconds


def quickest_ms(call: Callable[[], object]) -> float | None:
    """The milliseconds of the quickest of a few calls; None if it raises.

    Others that use the machine make a call slower and never quicker.
    """
    calls: list[float] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        while len(calls) < _MOST_CALLS and sum(calls) < _BUDGET:
            began = time.perf_counter()
            try:
                call()
            except Exception:  # noqa: BLE001  a function's model may want other rows, and raise anything
                return None
            calls.append(time.perf_counter() - began)
    return 1000 * min(calls)


class _Counter:
    """A file that keeps nothing of what is written to it but its size."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, data: Any) -> int:
        """Count the bytes."""
        n = memoryview(data).nbytes
        self.size += n
        return n


def _size(model: Any) -> float | None:
    counter = _Counter()
    try:
        pickle.Pickler(counter, protocol=5).dump(model)
    except Exception:  # noqa: BLE001  what a model holds may raise anything
        return None
    return float(counter.size)
