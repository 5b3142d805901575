"""The pause in which a person agrees to a promotion, or not."""

from prefect.flow_runs import pause_flow_run
from prefect.input import RunInput
from pydantic import Field

from sweepflow.gating import GateDecision

_PATIENCE_SECONDS = 7 * 24 * 3600


class Approval(RunInput):
    """What the form asks when the paused flow run is resumed."""

    approve: bool = Field(default=False, title="Promote the model", description="The gate has agreed.")
    comment: str = Field(default="", description="Why, for the history of the model.")


def ask_approval(name: str, decision: GateDecision) -> GateDecision:
    """The decision, after a person has agreed to it or refused; the flow run fails if none does in a week."""
    told = f"Shall the new model become the champion of **{name}**? The gate agrees: {decision.reason}"
    approval = pause_flow_run(
        wait_for_input=Approval.with_initial_data(description=told), timeout=_PATIENCE_SECONDS
    )
    verdict = "approved by hand" if approval.approve else "refused by hand"
    said = f"{verdict}: {approval.comment}" if approval.comment else verdict
    return decision._replace(promote=approval.approve, reason=f"{decision.reason}; {said}")
