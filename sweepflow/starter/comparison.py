"""Which estimator a first spec tunes: each candidate is tried, with its defaults, on a part of the rows."""

import math
import os
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from pydantic import TypeAdapter
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it has no types

from sweepflow.data.prepared import Part, PreparedData, load_roles, roles_path
from sweepflow.errors import in_one_line
from sweepflow.starter.families import Family
from sweepflow.training import AnyTrialKind
from sweepflow.training.job import Job
from sweepflow.trials.objective import Objective

_FOLDS = 3
_MOST_CELLS = 60_000
_LEAST_ROWS, _MOST_ROWS = 1000, 2000
"""So many rows at least and at most are tried in each fold; between them as the columns allow."""


_TRAINING: tuple[Part, ...] = ("train", "validation")

_TRIAL: TypeAdapter[AnyTrialKind] = TypeAdapter(AnyTrialKind)


class Tried(NamedTuple):
    """A candidate with its defaults, or a usual configuration, and what it reached."""

    name: str
    family: Family
    value: float | None
    """The primary metric; None if it has none."""
    problem: str = ""
    """Why it has none."""


class Comparison(NamedTuple):
    """The candidates, best first, and what they were compared on."""

    tried: tuple[Tried, ...] = ()
    n_rows: int = 0
    n_folds: int | None = None
    """None: they learned from training rows, and were compared on validation rows."""

    @property
    def best(self) -> Family | None:
        """The family that was best; None if none could be tried."""
        return self.tried[0].family if self.tried and self.tried[0].value is not None else None


def compare(
    families: Sequence[Family], data: PreparedData, metric: str, n_folds: int | None, seed: int
) -> Comparison:
    """Compare the families on training and validation rows, split as the spec says, in some seconds.

    Neither the test rows nor, in a large table, most of the others are touched.
    """
    objective = Objective(primary_metric=metric, goal="maximize")
    n_folds = n_folds and min(n_folds, _FOLDS)
    with TemporaryDirectory(prefix="sweepflow-") as folder:
        sample = _sample(data, Path(folder), seed, n_fits=n_folds or 1)
        job = Job(parameters={}, data=sample, objective=objective, metrics=(), folds=n_folds, seed=seed)
        tried = [_try(*candidate, job) for family in families for candidate in _candidates(family)]
    tried.sort(key=lambda each: -math.inf if each.value is None else each.value, reverse=True)
    return Comparison(tuple(tried), sample.n_rows["train"] + sample.n_rows["validation"], n_folds)


def _candidates(family: Family) -> Iterator[tuple[str, Family, dict[str, Any]]]:
    yield family.name, family, {**family.parameters}
    if family.careful:
        yield f"{family.name}, small steps", family, {**family.parameters, **family.careful}


def trial_of(estimator: str, parameters: dict[str, Any]) -> Any:
    """A trial of the estimator at this path with these fixed parameters."""
    return _TRIAL.validate_python({"estimator": estimator, "parameters": parameters})


def _try(name: str, family: Family, parameters: dict[str, Any], job: Job) -> Tried:
    trial = trial_of(family.estimator, parameters)
    metric = job.objective.primary_metric
    values: list[float] = []
    try:
        # So few rows gain nothing from threads, and lose much where other programs have the cores.
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            trial.train(job, lambda metrics: values.append(float(str(metrics[metric]))))
    except Exception as error:  # noqa: BLE001  whatever an estimator raises, the others may learn from the table
        return Tried(name, family, None, in_one_line(error))
    value = values[-1]
    if not math.isfinite(value):
        return Tried(name, family, None, f"its {metric} is {value}")
    return Tried(name, family, value)


def _sample(data: PreparedData, folder: Path, seed: int, n_fits: int) -> PreparedData:
    """The same data with fewer rows of each part, if there are many; their order is kept."""
    n_columns = max(1, len(data.n_categories) + len(data.numeric) + len(data.boolean) + len(data.date))
    most = max(_LEAST_ROWS, min(_MOST_ROWS, _MOST_CELLS // n_columns)) * _FOLDS // n_fits
    n_rows = {part: data.n_rows[part] for part in _TRAINING}
    share = min(1.0, most / sum(n_rows.values()))
    generator = np.random.default_rng(seed)
    for part in _TRAINING:
        n = n_rows[part]
        n_rows[part] = max(1, int(n * share))
        rows = np.sort(generator.choice(n, n_rows[part], replace=False))
        with pa.memory_map(os.fspath(Path(data.folder, f"{part}.arrow"))) as stream:
            table = pa.ipc.open_file(stream).read_all().take(rows).combine_chunks()
        tables = {folder / f"{part}.arrow": table}
        if data.roles.are_named:
            tables[roles_path(folder, part)] = load_roles(data, part).of(rows).table()
        for path, written in tables.items():
            with pa.ipc.new_file(os.fspath(path), written.schema) as writer:
                writer.write_table(written)
    return data.model_copy(update={"folder": str(folder), "n_rows": {**data.n_rows, **n_rows}})
