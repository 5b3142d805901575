"""What becomes of a sweep's model: judged against the champion, and put in its place if it is better."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from sweepflow.data import PreparedData
from sweepflow.errors import DataError, SweepflowError, in_one_line
from sweepflow.files import private_folder, replacing
from sweepflow.gating import GateDecision, gate_models
from sweepflow.models import load_model
from sweepflow.reading import CsvReading, read_table
from sweepflow.registry import Registry
from sweepflow.result import SweepResult
from sweepflow.scorers import NEEDS_SCORER, goal_of
from sweepflow.source_files import open_source
from sweepflow.spec import Spec
from sweepflow.training import FunctionTrial
from sweepflow.training.named_columns import lacks
from sweepflow.training.pipeline import columns_of_text
from sweepflow.unions import Number, SpecModel


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
        # An estimator's metrics are checked with the rest of its spec.
        metric, goal = sweep.objective.primary_metric, sweep.objective.goal
        if isinstance(sweep.trial, FunctionTrial) and goal_of(metric) != goal:
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
    trusted_modules: tuple[str, ...] = (),
) -> GateDecision:
    """The gate between the sweep's model and the champion, on the sweep's test rows.

    Types of `trusted_modules` are loaded with either model, as by `load_model`.
    """
    if result.model_path is None:
        raise SweepflowError(
            f"sweep '{result.sweep_id}' has no model to promote: its best trial returned none"
        )
    folder = home / "sweeps" / result.sweep_id / "data"
    prepared = folder / "prepared.json"
    if not prepared.is_file():
        raise SweepflowError(f"sweep '{result.sweep_id}' has no data of its own: a gate needs its test rows")
    data = PreparedData.model_validate_json(prepared.read_bytes()).model_copy(update={"folder": str(folder)})
    trusted = {"trusted_modules": trusted_modules}
    champion = registry.load(name, **trusted) if registry.champion(name) else None
    challenger = load_model(result.model_path, **trusted)
    return gate_models(
        champion, challenger, data, metric=metric, min_improvement=min_improvement, confidence=confidence
    )


def settle(registry: Registry, name: str, result: SweepResult, decision: GateDecision) -> Promotion:
    """Register and promote the sweep's model if the gate says so; else the champion stays."""
    if decision.promote and result.model_path is not None:
        model = Path(result.model_path)
        facts = {"best": result.best and result.best.model_dump(mode="json"), "gate": decision._asdict()}
        version = registry.register(name, result.sweep_id, model, model.with_name("model-card.md"), facts)
        registry.promote(name, version, decision.reason)
    champion = registry.champion(name)
    return Promotion(
        name=name,
        sweep_id=result.sweep_id,
        promoted=decision.promote,
        reason=decision.reason,
        difference=decision.difference,
        low=decision.low,
        high=decision.high,
        champion=champion.version if champion else None,
    )


def score(
    registry: Registry, name: str, rows: str, target: Path, *, trusted_modules: tuple[str, ...] = ()
) -> Path:
    """Write a table's rows to a Parquet file, with the champion's `prediction` for each; gives its path.

    DataError if it lacks a column that the model has learned from.
    """
    model = registry.load(name, trusted_modules=trusted_modules)
    with open_source(rows) as files:
        table = read_table(files, CsvReading(columns_of_text(model))).to_pandas()
    learned = getattr(model, "feature_names_in_", ())
    if lacking := [column for column in learned if column not in table]:
        raise DataError("rows", f"{rows}: {lacks(lacking, list(table))}")
    try:
        predicted = model.predict(table[list(learned)] if len(learned) else table)
    except Exception as error:  # a model of the user's own may raise anything
        reason = in_one_line(error)
        raise DataError("rows", f"{rows}: the champion cannot predict these rows: {reason}") from error
    table["prediction"] = predicted
    private_folder(target.parent)
    with replacing(target) as partial:
        table.to_parquet(partial)
    return target
