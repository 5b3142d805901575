"""scikit-learn's RandomizedSearchCV on joblib's processes, which take big arrays as files."""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import RandomizedSearchCV

from peers.training import Stopwatch, Task
from workloads import WORKLOADS

PACKAGES = ("scikit-learn", "joblib")


class Numbered(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The estimator of a trial, which the search chooses by its number."""

    def __init__(self, workload: str, number: int = 0) -> None:
        self.workload = workload
        self.number = number

    def fit(self, features: Any, target: Any) -> "Numbered":
        self.model_ = WORKLOADS[self.workload].estimator(self.number).fit(features, target)
        self.classes_ = np.unique(target)
        return self

    def score(self, features: Any, target: Any) -> float:
        return float(self.model_.score(features, target))


def run(task: Task, watch: Stopwatch) -> None:
    data = task.data
    rows = np.arange(len(data.target))
    split = [(rows[data.train], rows[data.validation])]

    def search(workload: str, n: int, features: Any, target: Any, cv: Any) -> None:
        RandomizedSearchCV(
            Numbered(workload),
            {"number": range(n)},
            n_iter=n,
            cv=cv,
            n_jobs=task.n_workers,
            refit=False,
            random_state=0,
        ).fit(features, target)

    first = WORKLOADS["noop"].data(task.folder)
    search("noop", 4 * task.n_workers, first.features, first.target, [([0, 1], [2, 3])])
    with watch.running():
        search(task.workload, task.n_trials, data.features, data.target, split)
