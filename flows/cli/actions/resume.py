"""Runs a recorded sweep's flow run again, or a new one if Prefect does not know it any more."""

from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import ObjectNotFound
from prefect.flow_engine import run_flow
from prefect.states import Pending

from sweepflow.flows.engine.call_context import Prepared, SweepRequest, handing_over, requesting
from sweepflow.flows.tune import tune
from sweepflow.result import SweepResult
from sweepflow.spec.spec import Spec
from sweepflow.trials.state import TrialState


def resume_sweep(sweep_id: str, spec: Spec, only: frozenset[TrialState] | None) -> SweepResult:
    """Go on with a sweep, given its recorded and checked spec, under its own flow run if Prefect has it."""
    with requesting(SweepRequest(sweep_id, only)), handing_over(Prepared(spec)):
        result = run_flow(tune, flow_run=_flow_run(sweep_id), parameters=spec.model_dump(mode="json"))
    return SweepResult.model_validate(result)


def _flow_run(sweep_id: str) -> FlowRun | None:
    """The sweep's own flow run, ready to run again; None if Prefect does not know it any more."""
    flow_run_id = UUID(sweep_id)
    with get_client(sync_client=True) as client:
        try:
            # By force: one that has completed, with its result, would give that and not run.
            client.set_flow_run_state(flow_run_id, Pending(), force=True)
            return client.read_flow_run(flow_run_id)
        except ObjectNotFound:
            return None
