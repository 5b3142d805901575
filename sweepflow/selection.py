"""The winner's model: taken or fitted again, and tested once on rows that no trial has seen."""

import math
import shutil
from pathlib import Path
from typing import Any

from sweepflow.data import PreparedData, load_part
from sweepflow.files import replacing
from sweepflow.models import ModelError, load_model, save_model
from sweepflow.result import SelectedModel, TestMetric
from sweepflow.scorers import is_scorer
from sweepflow.spec import Spec
from sweepflow.training import EstimatorTrial, FunctionTrial
from sweepflow.training.pipeline import features_and_target
from sweepflow.training.scoring import Scoreboard


def select(
    spec: Spec, data: PreparedData | None, best: dict[str, Any], source: Path, target: Path
) -> SelectedModel:
    """Write the best trial's model to `target`, and test it.

    `best` is the first row of the ranked trials, `source` the file of its model, which need not exist: a
    function may have returned none.
    """
    if isinstance(spec.trial, EstimatorTrial) and spec.refit and data is not None:
        save_model(_refitted(spec, spec.trial, data, best), target)
    elif source.exists():
        with replacing(target) as partial:
            shutil.copyfile(source, partial)
    else:
        return SelectedModel()
    if data is None:
        return SelectedModel(model_path=str(target))
    try:
        model = load_model(target, trusted_modules=own_modules(spec))
        tested, failures = _tested(model, spec, data)
    except ModelError as error:
        return SelectedModel(model_path=str(target), notice=f"the model was not tested: {error}")
    return SelectedModel(
        model_path=str(target), test_metrics=tested, notice="; ".join(failures) if failures else None
    )


def _refitted(spec: Spec, trial: EstimatorTrial, data: PreparedData, best: dict[str, Any]) -> Any:
    job = spec.job(best["parameters"], data)
    return trial.refit(job, best["best_interval"])


def own_modules(spec: Spec) -> tuple[str, ...]:
    """The packages whose types a model of this spec may hold: that of the user's function."""
    return (spec.trial.module.partition(".")[0],) if isinstance(spec.trial, FunctionTrial) else ()


def _tested(model: Any, spec: Spec, data: PreparedData) -> tuple[dict[str, TestMetric], list[str]]:
    """The metrics that could be tested, and why the others could not."""
    if not hasattr(model, "predict"):
        raise ModelError(f"a {type(model).__qualname__} has no predict")
    features, target = features_and_target(load_part(data.folder, "test"), data)
    board = Scoreboard(model, features, target, data)
    tested: dict[str, TestMetric] = {}
    failures = []
    for name in filter(is_scorer, [name for _, name in spec.scorers()]):
        try:
            tested[name] = _interval(board, name, spec.validation.seed)
        except Exception as error:  # noqa: BLE001  a model may raise anything; the sweep has its result
            reason = " ".join(str(error).split()) or type(error).__name__
            failures.append(f"{name} could not be tested: {reason}")
    return tested, failures


def _interval(board: Scoreboard, metric: str, seed: int) -> TestMetric:
    found = board.interval(metric, seed)
    if not all(map(math.isfinite, found)):
        raise ValueError(f"it is {found.value:g} [{found.low:g}, {found.high:g}] on the test rows")
    return TestMetric(**found._asdict())
