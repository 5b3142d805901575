"""The deployments that `sweepflow serve` serves; deployments/prefect.yaml has the same for a work pool."""

from typing import Any, cast

from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.events import DeploymentEventTrigger
from prefect.flows import Flow
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

from sweepflow.flows.engine.events import PROMOTED
from sweepflow.flows.promote import promote
from sweepflow.flows.score import score
from sweepflow.flows.tune import tune

_NIGHTLY, _WEEKLY = "0 2 * * *", "0 4 * * 1"
_SKIP = {"on_unchanged_data": {"type": "skip"}}


def deployments(fields: dict[str, Any], model: str) -> list[RunnerDeployment]:
    """A sweep by hand, by night, and in a weekly pipeline that may promote its model, and new scores then.

    `fields` are those of a spec, from which the forms start; `model` is the name in the registry.
    """
    found = [
        _deployment(tune, "manual", fields),
        _deployment(tune, "nightly", {**fields, **_SKIP}, schedule=Cron(_NIGHTLY)),
        _deployment(promote, "weekly", {"name": model, "sweep": fields}, schedule=Cron(_WEEKLY)),
    ]
    if rows := (fields.get("data") or {}).get("path"):
        scores = {"name": model, "rows": rows}
        found.append(_deployment(score, "on-promotion", scores, triggers=[_PROMOTED]))
    return found


_PROMOTED = DeploymentEventTrigger(
    name="score-on-promotion",
    description="A model has become the champion: score with it.",
    expect={PROMOTED},
    parameters={"name": "{{ event.payload.name }}"},
)


def _deployment(
    flow: Flow[..., Any], name: str, parameters: dict[str, Any], **options: Any
) -> RunnerDeployment:
    """One that does not start while its last run goes on, if it has a schedule."""
    if "schedule" in options:
        options["concurrency_limit"] = ConcurrencyLimitConfig(
            limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW
        )
    found = flow.to_deployment(
        name,
        parameters=parameters,
        tags=["sweepflow"],
        # The spec says what is wrong with the parameters, in words of its own, on the flow run.
        enforce_parameter_schema=False,
        entrypoint_type=EntrypointType.MODULE_PATH,
        **options,
    )
    made = cast(RunnerDeployment, found)  # it is a coroutine only in an asynchronous caller
    return made.model_copy(update={"entrypoint": f"sweepflow.served.{flow.name}"})
