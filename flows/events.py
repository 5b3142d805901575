"""The events that automations can wait for, and what they tell."""

from typing import Any

from prefect.events import emit_event
from pydantic import BaseModel, Field

from sweepflow.promotion import Promotion
from sweepflow.result import BestTrial, SweepResult, TestMetric, TrialCounts
from sweepflow.spec import Spec

COMPLETED = "sweepflow.sweep.completed"
PROMOTED = "sweepflow.model.promoted"


class SweepCompleted(BaseModel):
    """The payload of `sweepflow.sweep.completed`."""

    sweep_id: str
    name: str | None = Field(description="The spec's name, or its display name.")
    primary_metric: str
    goal: str
    best: BestTrial | None
    trials: TrialCounts
    test_metrics: dict[str, TestMetric] | None
    model_path: str | None
    report_path: str | None
    wall_seconds: float


class ModelPromoted(BaseModel):
    """The payload of `sweepflow.model.promoted`."""

    name: str
    version: int
    sweep_id: str
    reason: str
    difference: float
    low: float
    high: float


def emit_completed(spec: Spec, result: SweepResult) -> None:
    """Tell that a sweep has completed."""
    payload = SweepCompleted(
        name=spec.name or spec.display_name,
        primary_metric=spec.objective.primary_metric,
        goal=spec.objective.goal,
        **{
            name: getattr(result, name)
            for name in SweepCompleted.model_fields
            if name in SweepResult.model_fields
        },
    )
    _emit(COMPLETED, f"sweepflow.sweep.{result.sweep_id}", payload)


def emit_promoted(promotion: Promotion) -> None:
    """Tell that a model has become the champion."""
    payload = ModelPromoted(
        version=promotion.champion,
        **{name: getattr(promotion, name) for name in ModelPromoted.model_fields if name != "version"},
    )
    _emit(PROMOTED, f"sweepflow.model.{promotion.name}", payload)


def _emit(event: str, resource_id: str, payload: BaseModel) -> None:
    resource: dict[str, Any] = {"prefect.resource.id": resource_id}
    emit_event(event, resource, payload=payload.model_dump(mode="json"))
