"""The events that automations can wait for, and their payloads."""

from typing import TYPE_CHECKING

import httpx
from prefect.client.orchestration import get_client
from prefect.events import Event, emit_event
from pydantic import BaseModel, Field

from sweepflow.flows.engine.server.embedded import named_url, why_unreachable
from sweepflow.models.registry import Change
from sweepflow.result import BestTrial, SweepResult, TestMetric, TrialCounts
from sweepflow.spec.spec import Spec

if TYPE_CHECKING:  # which knows scikit-learn
    from sweepflow.promotion import Promotion

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
    """The payload of `sweepflow.model.promoted`: which version is the champion now, and why."""

    name: str
    version: int
    sweep_id: str
    reason: str
    difference: float | None = Field(default=None, description="What the gate found; null by hand.")
    low: float | None = Field(default=None, description="Of the difference's interval; null by hand.")
    high: float | None = None


def emit_completed(spec: Spec, result: SweepResult) -> None:
    """Emit the event that a sweep has completed."""
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
    _emit(COMPLETED, {"prefect.resource.id": f"sweepflow.sweep.{result.sweep_id}"}, payload)


def emit_promoted(promotion: "Promotion") -> None:
    """Emit the event that a model has become the champion."""
    payload = ModelPromoted(
        version=promotion.champion,
        **{name: getattr(promotion, name) for name in ModelPromoted.model_fields if name != "version"},
    )
    _emit(PROMOTED, _resource(promotion.name), payload)


def send_changed_by_hand(name: str, change: Change) -> str | None:
    """Send the event that a person has changed the champion; gives a warning if it could not be sent.

    Does nothing if PREFECT_API_URL names no server. Waits for the answer: outside a flow run nobody waits for
    what Prefect sends in the background.
    """
    if not named_url():
        return None
    reason = why_unreachable() or _send(name, change)
    return reason and f"no automation was told of it: {reason}"


def _send(name: str, change: Change) -> str | None:
    """Send the event and wait for the answer; gives the reason if that fails."""
    payload = ModelPromoted(name=name, **change.model_dump(include={"version", "sweep_id", "reason"}))
    event = Event(event=PROMOTED, resource=_resource(name), payload=payload.model_dump(mode="json"))
    try:
        with get_client(sync_client=True) as client:
            client.request("POST", "/events", json=[event.model_dump(mode="json")])
    except httpx.HTTPError as error:
        return str(error) or type(error).__name__
    return None


def _resource(name: str) -> dict[str, str]:
    return {"prefect.resource.id": f"sweepflow.model.{name}"}


def _emit(event: str, resource: dict[str, str], payload: BaseModel) -> None:
    emit_event(event, resource, payload=payload.model_dump(mode="json"))
