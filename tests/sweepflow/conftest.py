from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import PreparedData
from sweepflow.data.source import DataSource, Validation
from sweepflow.metrics.scorers import objective_of
from sweepflow.training.job import Job

N_ROWS = 240
TARGETS = ("label", "kind", "amount")

Prepared = Callable[..., PreparedData]


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV file with every kind of column, values missing in each, and three targets."""
    generator = np.random.default_rng(7)
    signal = generator.normal(size=N_ROWS)
    table = pd.DataFrame(
        {
            "id": np.arange(N_ROWS),
            "size": np.where(generator.random(N_ROWS) < 0.1, np.nan, signal.round(4)),
            "weight": generator.normal(50, 9, N_ROWS).round(3),
            "is_new": generator.choice(["true", "false", ""], N_ROWS),
            "color": generator.choice(["red", "green", "blue", ""], N_ROWS),
            "day": [*pd.date_range("2023-06-01", periods=N_ROWS - 1).strftime("%Y-%m-%d"), ""],
        }
    )
    noisy = signal + generator.normal(0, 0.7, N_ROWS)
    table["label"] = np.where(noisy > 0, "yes", "no")
    table["kind"] = np.select([noisy < -0.6, noisy < 0.6], ["small", "medium"], "large")
    table["amount"] = np.exp(noisy / 2).round(4)
    path = tmp_path_factory.mktemp("source") / "table.csv"
    table.to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def prepared(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Prepares that file for one of its targets: `label` (two classes), `kind` (three) or `amount`."""
    cache = tmp_path_factory.mktemp("cache")

    def prepare_target(target: str, **options: Any) -> PreparedData:
        others = [name for name in TARGETS if name != target]
        asked = DataSource(path=str(source), target=target, drop=("id", *others), dates=("day",), **options)
        return prepare(asked, Validation(), cache, is_classifier=target != "amount")

    return prepare_target


@pytest.fixture(scope="session")
def job() -> Callable[..., Job]:
    """Makes a trial's job on that data; the metric is accuracy, or r2 for numbers."""

    def make(data: PreparedData | None, *metrics: str, **parameters: Any) -> Job:
        usual = "r2" if data and not data.is_classification else "accuracy"
        first, *further = metrics or (usual,)
        return Job(parameters=parameters, data=data, objective=objective_of(first), metrics=tuple(further))

    return make
