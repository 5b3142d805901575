"""A pipeline to copy: tune, let the gate judge the new model, promote it if it is better, score new rows."""

from typing import Any

from prefect import flow

from flows.tune import tune
from sweepflow.promotion import Promotion
from sweepflow.settings import home
from tasks.promote_model import gate_model, promote_model, score_rows


@flow(name="promote", persist_result=False)
def promote(
    name: str,
    sweep: dict[str, Any],
    min_improvement: float = 0.0,
    confidence: float = 0.95,
    new_rows: str | None = None,
) -> Promotion:
    """Tune, and promote the model if it beats the champion on the sweep's test rows by more than chance.

    `sweep` holds the fields of a spec, whose primary metric the gate compares by; `new_rows` is a table
    that the champion, new or old, then predicts.
    """
    result = tune(**sweep)
    metric = sweep["objective"]["primary_metric"]
    decision = gate_model(name, result, home(), metric, min_improvement, confidence)
    found = promote_model(name, result, decision, home())
    if new_rows is None or found.champion is None:
        return found
    target = home() / "sweeps" / result.sweep_id / "scores.parquet"
    path = score_rows(name, new_rows, target, home())
    return found.model_copy(update={"scores_path": str(path)})
