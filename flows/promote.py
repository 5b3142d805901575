"""A pipeline to copy: tune, compare the new model in the gate, promote it if it is better, score new rows."""

from prefect import flow

from sweepflow.archive.folder import SweepFolder
from sweepflow.base.settings import home
from sweepflow.flows.engine.approval import ask_approval
from sweepflow.flows.engine.call_context import is_deployed
from sweepflow.flows.engine.events import emit_promoted
from sweepflow.flows.engine.form import Fields, form, passed
from sweepflow.flows.tune import tune
from sweepflow.promotion import Promotion, PromotionRequest
from sweepflow.spec.spec import Spec
from sweepflow.tasks.promote_model import gate_model, promote_model, score_rows


# As in `tune`, the pydantic model validates the parameters and words the errors.
@flow(name="promote", validate_parameters=False, persist_result=True, result_serializer="json")
@form(PromotionRequest)
def promote(
    name: str,
    sweep: Spec | Fields,
    min_improvement: float = 0.0,
    confidence: float = 0.95,
    needs_approval: bool = False,
    new_rows: str | None = None,
) -> Promotion:
    """Tune, and promote the model if it beats the champion on the sweep's test rows by more than chance.

    Raises SpecError if a parameter is wrong, and whatever `tune` raises.
    """
    request = PromotionRequest.parse(passed(locals()))
    result = tune(**request.sweep.model_dump())
    is_trusted = not is_deployed()
    decision = gate_model(request, result, home(), is_trusted=is_trusted)
    if decision.promote and needs_approval:
        decision = ask_approval(name, decision)
    promotion = promote_model(name, result, decision, home())
    if promotion.promoted:
        emit_promoted(promotion)
    if new_rows is None or promotion.champion is None:
        return promotion
    target = SweepFolder(home(), result.sweep_id).path / "scores.parquet"
    path = score_rows(name, new_rows, target, home(), is_trusted=is_trusted)
    return promotion.model_copy(update={"scores_path": str(path)})
