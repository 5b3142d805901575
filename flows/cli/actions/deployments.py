"""The deployments that `sweepflow serve` serves; deployments/prefect.yaml has them for a work pool."""

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


def deployments(fields: dict[str, Any], model: str | None) -> list[RunnerDeployment]:
    """A sweep on demand, one by night, a weekly one that may promote its model, scores after a promotion.

    `fields` are a spec's, and fill the forms in; `model` is the name in the registry, None if the trials
    return no model that could be promoted.
    """
    nightly = {**fields, **_SKIP} if fields.get("data") else fields  # without data, nothing tells its change
    served = [
        _deployment(tune, "manual", fields),
        _deployment(tune, "nightly", nightly, schedule=Cron(_NIGHTLY)),
    ]
    if model is None:
        return served
    weekly = {"name": model, "sweep": fields}
    served.append(_deployment(promote, "weekly", weekly, schedule=Cron(_WEEKLY)))
    if rows := (fields.get("data") or {}).get("path"):
        scores = {"name": model, "rows": rows}
        served.append(_deployment(score, "on-promotion", scores, triggers=[_PROMOTED]))
    return served


_PROMOTED = DeploymentEventTrigger(
    name="score-on-promotion",
    description="A model has become the champion: score with it.",
    expect={PROMOTED},
    parameters={"name": "{{ event.payload.name }}"},
)


def _deployment(
    flow: Flow[..., Any], name: str, parameters: dict[str, Any], **options: Any
) -> RunnerDeployment:
    """A deployment; if it has a schedule, it does not start while its last run is still running."""
    if "schedule" in options:
        options["concurrency_limit"] = ConcurrencyLimitConfig(
            limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW
        )
    deployment = flow.to_deployment(
        name,
        parameters=parameters,
        tags=["sweepflow"],
        # The flow checks the spec itself, with better messages, which are shown on the flow run.
        enforce_parameter_schema=False,
        entrypoint_type=EntrypointType.MODULE_PATH,
        **options,
    )
    # It is a coroutine only in an asynchronous caller.
    return cast(RunnerDeployment, deployment).model_copy(
        update={"entrypoint": f"sweepflow.served.{flow.name}"}
    )
