"""The pause in which a person approves or refuses a promotion."""

from prefect.flow_runs import pause_flow_run
from prefect.input import RunInput
from pydantic import Field

from sweepflow.gating import GateDecision

_PATIENCE_SECONDS = 7 * 24 * 3600


class Approval(RunInput):
    """The form that a person fills in to resume the paused flow run."""

    approve: bool = Field(default=False, title="Promote the model", description="The gate has agreed.")
    comment: str = Field(default="", description="Why, for the history of the model.")


def ask_approval(name: str, decision: GateDecision) -> GateDecision:
    """The decision after a person has approved or refused it; the flow run fails after a week."""
    question = f"Shall the new model become the champion of **{name}**? The gate agrees: {decision.reason}"
    approval = pause_flow_run(
        wait_for_input=Approval.with_initial_data(description=question), timeout=_PATIENCE_SECONDS
    )
    verdict = "approved by hand" if approval.approve else "refused by hand"
    reason = f"{verdict}: {approval.comment}" if approval.comment else verdict
    return decision._replace(promote=approval.approve, reason=f"{decision.reason}; {reason}")
