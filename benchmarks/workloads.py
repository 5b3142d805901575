"""What every tool trains, so that they can be compared: trial number n is the same everywhere.

Nothing here knows a tool, and nothing of Sweepflow is imported: some tools run in environments of their own.
"""

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_digits
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import SGDClassifier

N_FITS = 64


class Data(NamedTuple):
    """A table, its training rows and its validation rows."""

    features: Any
    target: Any
    train: slice
    validation: slice


class Nothing(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """An estimator that learns nothing, in so many seconds."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds

    def fit(self, features: Any, target: Any) -> "Nothing":
        self.classes_ = np.unique(target)
        if self.seconds:
            time.sleep(self.seconds)
        return self

    def score(self, features: Any, target: Any) -> float:
        return 0.0


def _boosting(number: int) -> Any:
    """Gradient boosting of digits, .3 to 1 s of one core: the number says how much of it."""
    n_rounds = np.random.default_rng(0).permutation(np.linspace(17, 55, N_FITS).round().astype(int))
    return HistGradientBoostingClassifier(max_iter=int(n_rounds[number % N_FITS]), random_state=0)


def _linear(number: int) -> Any:
    return SGDClassifier(alpha=float(10 ** -(1.5 + number % 8 / 2)), max_iter=5, tol=None, random_state=0)


@cache
def digits() -> Data:
    features, target = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(target))
    return Data(features[order], target[order], slice(0, 1347), slice(1347, None))


def _four_rows() -> Data:
    return Data(np.zeros((4, 1)), np.array([0, 1, 0, 1]), slice(0, 2), slice(2, 4))


def big_table(folder: Path) -> Data:
    """The table that `write_big_table` has written there, mapped into memory."""
    features, target = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("features", "target"))
    n_train = int(0.8 * len(target))
    return Data(features, target, slice(0, n_train), slice(n_train, None))


def write_big_table(folder: Path, n_rows: int, n_columns: int = 30) -> None:
    """Numbers in single precision and two classes, which are not all told apart."""
    generator = np.random.default_rng(0)
    features = np.lib.format.open_memmap(
        folder / "features.npy", "w+", np.dtype(np.float32), (n_rows, n_columns)
    )
    weights, target = generator.normal(size=n_columns), np.empty(n_rows, np.int8)
    for first in range(0, n_rows, 100_000):
        rows = slice(first, first + 100_000)
        features[rows] = generator.normal(size=features[rows].shape)
        target[rows] = features[rows] @ weights + generator.normal(size=len(features[rows])) * 3 > 0
    features.flush()
    np.save(folder / "target.npy", target)


class Workload(NamedTuple):
    """Trials by their numbers."""

    estimator: Callable[[int], Any]
    data: Callable[[Path], Data]
    """The data of the folder."""

    def train(self, number: int, data: Data) -> tuple[float, float]:
        """The trial's value, and the seconds of its training."""
        began = time.perf_counter()
        estimator = self.estimator(number).fit(data.features[data.train], data.target[data.train])
        value = estimator.score(data.features[data.validation], data.target[data.validation])
        return float(value), time.perf_counter() - began


WORKLOADS = {
    "noop": Workload(lambda _: Nothing(), lambda _: _four_rows()),
    "sleep": Workload(lambda _: Nothing(1.0), lambda _: _four_rows()),
    "fits": Workload(_boosting, lambda _: digits()),
    "table": Workload(_linear, big_table),
}


def train(name: str, number: int, data: Data) -> tuple[float, float]:
    """A trial of the workload of that name; a function that any process can import."""
    return WORKLOADS[name].train(number, data)


def train_from_folder(name: str, number: int, folder: Path) -> tuple[float, float]:
    """The same, with the data of the folder."""
    return train(name, number, WORKLOADS[name].data(folder))
