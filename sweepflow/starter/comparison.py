"""Which estimator a first spec tunes: each candidate is tried, with its defaults, on a part of the rows."""

import math
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from pydantic import TypeAdapter
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it has no types

from sweepflow.data.prepared import (
    Part,
    PreparedData,
    all_training_roles,
    all_training_rows,
    load_roles,
    roles_path,
)
from sweepflow.errors import in_one_line
from sweepflow.gating import gate_models
from sweepflow.metrics.predictions import Predictions
from sweepflow.metrics.scoreboard import Scoreboard
from sweepflow.starter.blending import Answers, Predicted, proportion
from sweepflow.starter.families import Family, Member, blend
from sweepflow.training import AnyTrialKind
from sweepflow.training.early_stopping import fit_model
from sweepflow.training.fold_rows import fold_rows

_LEAST_ROWS, _MOST_ROWS, _MOST_CELLS = 1000, 3000, 90_000
"""So many rows at least and at most are tried in each fold; between them as the columns allow."""

_TIMES_OF_ONE_SPLIT = 5
"""So many times the rows are tried where there is one split, whose trials are fitted once."""

SMALL_STEPS = ", small steps"
"""Ends the name of a candidate with its family's careful parameters."""

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

    With folds, a blend of the families is among the candidates if it is better than each alone. Of a large
    table, neither the test rows nor most of the others are touched, and the first family comes first unless
    another is better by more than chance: it is the one that gains most from more rows.
    """
    # So few rows gain nothing from threads, and lose much where other programs have the cores.
    with TemporaryDirectory(prefix="sweepflow-") as folder, threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sample = _sample(data, Path(folder), seed, n_folds)
        bench = _Bench(sample, metric, n_folds, seed)
        tried = [bench.tried(*candidate) for family in families for candidate in _candidates(family)]
        if n_folds and (blended := bench.blended()):
            tried.append(bench.tried(*blended))
        tried.sort(key=lambda each: -math.inf if each.value is None else each.value, reverse=True)
        n_rows = sample.n_rows["train"] + sample.n_rows["validation"]
        if n_folds is None and n_rows > _MOST_ROWS and not bench.is_better(tried[0].family, families[0]):
            tried.sort(key=lambda each: each.family is not families[0])
    return Comparison(tuple(tried), n_rows, n_folds)


def _candidates(family: Family) -> Iterator[tuple[str, Family, Mapping[str, Any]]]:
    yield family.name, family, family.parameters
    if family.careful:
        yield f"{family.name}{SMALL_STEPS}", family, {**family.parameters, **family.careful}


def trial_of(estimator: str, parameters: Mapping[str, Any]) -> Any:
    """A trial of the estimator at this path with these fixed parameters."""
    return _TRIAL.validate_python({"estimator": estimator, "parameters": dict(parameters)})


class _Bench:
    """Rows to learn from and rows held out, and what the candidates have predicted for these."""

    def __init__(self, data: PreparedData, metric: str, n_folds: int | None, seed: int) -> None:
        self._data, self._metric = data, metric
        self._features, self._target = all_training_rows(data)
        self._roles = all_training_roles(data)
        n = data.n_rows["train"]
        self._splits = [(np.arange(n), np.arange(n, len(self._target)))]
        if n_folds:
            folds = fold_rows(
                self._target,
                self._roles,
                n_folds=n_folds,
                seed=seed,
                gap=0,
                is_classification=data.is_classification,
            )
            self._splits = list(folds)
        self._learned: dict[str, tuple[float, Member, Predicted]] = {}

    def tried(self, name: str, family: Family, parameters: Mapping[str, Any]) -> Tried:
        """What the candidate reaches."""
        try:
            predicted = self._predicted(trial_of(family.estimator, parameters))
            value = self._score(predicted)
        except Exception as error:  # noqa: BLE001  whatever an estimator raises, the others may learn from the table
            return Tried(name, family, None, in_one_line(error))
        if not math.isfinite(value):
            return Tried(name, family, None, f"its {self._metric} is {value}")
        if family.name not in self._learned or value > self._learned[family.name][0]:
            self._learned[family.name] = value, Member(family, parameters), predicted
        return Tried(name, family, value)

    def blended(self) -> tuple[str, Family, Mapping[str, Any]] | None:
        """The blend of those that have learned, each as it was better; None if the best one is best alone."""
        if not self._learned:
            return None
        _, members, predicted = zip(*self._learned.values(), strict=True)
        weights = proportion(predicted, self._score)
        parts = [each._replace(weight=n) for each, n in zip(members, weights, strict=True) if n]
        if len(parts) == 1:
            return None
        if self._roles.group is not None or self._roles.time is not None:
            parts = [each._replace(parameters=_without_stopping(each)) for each in parts]
        family = blend(parts, is_classification=self._data.is_classification)
        return family.name, family, family.parameters

    def is_better(self, family: Family, other: Family) -> bool:
        """Whether the gate finds the family better on the validation rows, or the other has no value."""
        if other.name not in self._learned:
            return True
        before, after = (Answers(self._learned[each.name][2], self._data.labels) for each in (other, family))
        return gate_models(before, after, self._data, metric=self._metric, part="validation").promote

    def _predicted(self, trial: Any) -> Predicted:
        """The predictions for the rows held out, in their order."""
        parts = []
        for train, held_out in self._splits:
            model = trial.model({}, self._data)
            fit_model(model, self._features.iloc[train], self._target[train], self._roles.of(train), gap=0)
            parts.append(_answers(model, self._features.iloc[held_out], self._data))
        return np.concatenate(parts)

    def _score(self, predicted: Predicted) -> float:
        """The mean over the folds of the metric."""
        values, end = [], 0
        for _, rows in self._splits:
            model = Answers(predicted[end : (end := end + len(rows))], self._data.labels)
            target, roles = self._target[rows], self._roles.of(rows)
            values.append(Scoreboard(model, target, target, self._data, roles).value(self._metric))
        return float(np.mean(values))


def _without_stopping(member: Member) -> Mapping[str, Any]:
    """Its parameters; inside of a blend, boosting would stop by rows drawn without regard to roles."""
    is_boosting = member.family.part == "boosting"
    return {**member.parameters, "early_stopping": False} if is_boosting else member.parameters


def _answers(model: Any, features: pd.DataFrame, data: PreparedData) -> Predicted:
    """What a fitted model predicts, classes in the order of the labels."""
    answers = Predictions(model, features, data.model_copy(update={"positive_label": None}))
    predict = answers.predict_proba if data.is_classification else answers.predict
    return np.asarray(predict(np.arange(len(features))), dtype=np.float64)


def _sample(data: PreparedData, folder: Path, seed: int, n_folds: int | None) -> PreparedData:
    """The same data with fewer rows of each part, if there are many; their order is kept."""
    n_columns = max(1, len(data.n_categories) + len(data.numeric) + len(data.boolean) + len(data.date))
    most = max(_LEAST_ROWS, min(_MOST_ROWS, _MOST_CELLS // n_columns))
    if n_folds is None:
        most *= _TIMES_OF_ONE_SPLIT
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
