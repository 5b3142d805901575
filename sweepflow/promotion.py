"""Promotion: a sweep's model is compared with the champion, and takes its place if it is better."""

from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, field_validator

from sweepflow.archive.folder import MODEL, MODEL_CARD, SweepFolder
from sweepflow.archive.sweep import Sweep
from sweepflow.base.files import private_folder, replacing
from sweepflow.base.settings import function_modules, ledger_url
from sweepflow.data.prepared import PreparedData
from sweepflow.errors import DataError, SweepflowError, in_one_line
from sweepflow.fields.model import Number, SpecModel
from sweepflow.gating import GateDecision, gate_models
from sweepflow.ledger.ledger import Ledger
from sweepflow.metrics.scorers import NEEDS_SCORER, Goal, goal_of
from sweepflow.models.model_file import load_model
from sweepflow.models.registry import Change, Registry, RegistryError
from sweepflow.reading.csv_files import CsvReading
from sweepflow.reading.source_files import open_source
from sweepflow.reading.table import read_table
from sweepflow.result import SweepResult
from sweepflow.spec.spec import Spec
from sweepflow.training.named_columns import missing_columns_message
from sweepflow.training.pipeline import columns_of_text
from sweepflow.trials.state import SweepState


class PromotionRequest(SpecModel):
    """A sweep whose model is to be the champion if it is better, and how much better it must be."""

    name: str = Field(description="The model's name in the registry.")
    sweep: Spec = Field(description="The sweep to run; the gate compares by its primary metric.")
    min_improvement: Number = Field(
        default=0.0, ge=0, description="How much better the new model must be, in the metric's own unit."
    )
    confidence: Number = Field(
        default=0.95, gt=0, lt=1, description="How sure that must be: the level of the interval."
    )
    needs_approval: bool = Field(
        default=False, description="Wait for a person to agree before the model is promoted."
    )
    new_rows: str | None = Field(
        default=None, description="A table that the champion, new or old, then predicts; empty: none."
    )

    @field_validator("sweep")
    @classmethod
    def _has_metric_for_gate(cls, sweep: Spec) -> Spec:
        # Where the metrics are scikit-learn's anyway, they are checked with the rest of the spec.
        metric, goal = sweep.objective.primary_metric, sweep.objective.goal
        if not sweep.trial.has_model:
            raise ValueError("trial must return a model, which a command does not: nothing could be promoted")
        if sweep.trial.reports_own_metrics and goal_of(metric) != goal:
            raise ValueError(f"objective.primary_metric {NEEDS_SCORER}; got {metric} to {goal}")
        return sweep


class Promotion(BaseModel):
    """Whether a sweep's model became the champion, and why."""

    model_config = ConfigDict(frozen=True)

    name: str
    sweep_id: str
    promoted: bool
    reason: str
    difference: float = Field(
        description="How much better the challenger is than the champion, or the baseline if it is first."
    )
    low: float
    high: float
    champion: int | None = Field(description="The champion's version now; null if there is none.")
    scores_path: str | None = Field(default=None, description="The champion's predictions of the new rows.")


def judge(
    registry: Registry,
    name: str,
    result: SweepResult,
    home: Path,
    *,
    metric: str,
    min_improvement: float,
    confidence: float,
    goal: Goal | None = None,
    trusted_modules: tuple[str, ...] = (),
) -> GateDecision:
    """The gate's decision between the sweep's model and the champion, on the sweep's test rows.

    Both models are loaded by `load_model` with these `trusted_modules`.
    """
    if result.model_path is None:
        raise SweepflowError(
            f"sweep '{result.sweep_id}' has no model to promote: {_why_none(result.outputs_path)}"
        )
    data = SweepFolder(home, result.sweep_id).data()
    if data is None:
        raise SweepflowError(f"sweep '{result.sweep_id}' has no data of its own: a gate needs its test rows")
    _check_targets(registry, name, data)
    trusted = {"trusted_modules": trusted_modules}
    champion = registry.load(name, **trusted) if registry.champion(name) else None
    challenger = load_model(result.model_path, **trusted)
    return gate_models(
        champion,
        challenger,
        data,
        metric=metric,
        goal=goal,
        min_improvement=min_improvement,
        confidence=confidence,
    )


def _check_targets(registry: Registry, name: str, data: PreparedData) -> None:
    """Raise SweepflowError if the champion predicts other targets than the data has, or in another order."""
    known = _targets_of_champion(registry, name)
    if len(known) > 1 and tuple(known) != data.targets:
        before, now = ", ".join(known), ", ".join(data.targets)
        raise SweepflowError(
            f"the champion of '{name}' predicts {before}, and this sweep {now}: name another"
        )


def _targets_of_champion(registry: Registry, name: str) -> list[str]:
    """What the champion predicts; nothing if there is none, or it is older than that record."""
    champion = registry.champion(name)
    return champion.facts.get("targets", []) if champion else []


def promote(
    registry: Registry, name: str, sweep: Sweep, reason: str, *, decision: GateDecision | None = None
) -> Change:
    """Register the model that the sweep selected, and make it the champion of that name.

    `decision` is the gate's; None if no gate has compared the model. RegistryError if the sweep has no model,
    or one that must not be promoted.
    """
    if sweep.state != SweepState.COMPLETED:
        raise RegistryError(f"sweep '{sweep.id}' is {sweep.state}: only a completed one has a model")
    model = sweep.folder / MODEL
    if not model.is_file():
        raise RegistryError(f"sweep '{sweep.id}' has no model: {_why_none(sweep.result.outputs_path)}")
    if refused := sweep.selected.refused:
        raise RegistryError(f"the model of sweep '{sweep.id}' is not to be promoted: {refused}")
    card = sweep.folder / MODEL_CARD
    version = registry.register(name, sweep.id, model, card, _facts(sweep, decision))
    return registry.promote(name, version, reason)


def _facts(sweep: Sweep, decision: GateDecision | None) -> dict[str, Any]:
    """The facts about the model that the registry stores with it."""
    tested = sweep.selected.test_metrics
    facts: dict[str, Any] = {
        "best": sweep.best and sweep.best.model_dump(mode="json"),
        "test_metrics": tested and {name: metric.model_dump() for name, metric in tested.items()},
        "objective": sweep.spec.objective.model_dump(mode="json"),
        "data_fingerprint": sweep.data_fingerprint,
        "targets": list(sweep.spec.data.targets) if sweep.spec.data else [],
    }
    return facts if decision is None else {**facts, "gate": decision._asdict()}


def promote_if_passed(registry: Registry, name: str, sweep: Sweep, decision: GateDecision) -> Promotion:
    """Register and promote the sweep's model if it has passed the gate; else the champion stays."""
    if decision.promote:
        promote(registry, name, sweep, decision.reason, decision=decision)
    champion = registry.champion(name)
    return Promotion(
        name=name,
        sweep_id=sweep.id,
        promoted=decision.promote,
        reason=decision.reason,
        difference=decision.difference,
        low=decision.low,
        high=decision.high,
        champion=champion.version if champion else None,
    )


def champion_modules(registry: Registry, name: str, *, is_trusted: bool) -> tuple[str, ...]:
    """The packages whose types the champion may hold: those of the function that its sweep tuned.

    They come from the ledger; none if it does not hold that sweep. Unless the caller is the user's own shell
    or code (`is_trusted`), only packages of modules that a deployed flow may import.
    """
    champion = registry.champion(name)
    if champion is None:
        return ()
    with closing(Ledger(ledger_url())) as ledger:
        sweep = ledger.sweep(champion.sweep_id)
    modules = Spec.model_validate(sweep.spec).trial.own_modules if sweep else ()
    allowed = {module.partition(".")[0] for module in function_modules()}
    return tuple(module for module in modules if is_trusted or module in allowed)


def score(
    registry: Registry, name: str, rows: str, target: Path, *, trusted_modules: tuple[str, ...] = ()
) -> Path:
    """Write a table's rows with the champion's `prediction` for each to a Parquet file, and give its path.

    Of several targets each has a column, as `prediction.price`. DataError if the table lacks a column that
    the model needs, or the model cannot predict its rows.
    """
    model = registry.load(name, trusted_modules=trusted_modules)
    with open_source(rows) as files:
        table = read_table(files, CsvReading(columns_of_text(model))).to_pandas()
    columns = getattr(model, "feature_names_in_", ())
    if missing := [column for column in columns if column not in table]:
        raise DataError("rows", f"{rows}: {missing_columns_message(missing, list(table))}")
    try:
        predicted = model.predict(table[list(columns)] if len(columns) else table)
    except Exception as error:  # a model of the user's own may raise anything
        reason = in_one_line(error)
        raise DataError("rows", f"{rows}: the champion cannot predict these rows: {reason}") from error
    table = table.assign(**_predictions(predicted, registry, name))
    private_folder(target.parent)
    with replacing(target) as partial:
        table.to_parquet(partial)
    return target


def _predictions(predicted: Any, registry: Registry, name: str) -> dict[str, Any]:
    """The columns of a champion's predictions by name."""
    values = np.asarray(predicted)
    targets = _targets_of_champion(registry, name)
    if values.ndim == 1 or values.shape[1] != len(targets) or len(targets) < 2:
        return {"prediction": predicted}
    if isinstance(predicted, pd.DataFrame) and set(predicted) == set(targets):
        values = predicted[targets].to_numpy()
    return {f"prediction.{target}": values[:, place] for place, target in enumerate(targets)}


def _why_none(outputs_path: str | None) -> str:
    wrote = f", and what it wrote is in '{outputs_path}'" if outputs_path else ""
    return f"its best trial returned none{wrote}"
