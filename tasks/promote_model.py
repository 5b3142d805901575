"""The tasks that compare a sweep's model with the champion, promote it, and score new rows."""

from pathlib import Path

from prefect import get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from sweepflow import promotion
from sweepflow.archive.sweep import load
from sweepflow.gating import GateDecision
from sweepflow.models.registry import Registry
from sweepflow.promotion import Promotion, PromotionRequest
from sweepflow.result import SweepResult
from sweepflow.tracking.log import log_champion


@task(name="gate", task_run_name="gate", cache_policy=NO_CACHE, persist_result=False)
def gate_model(
    request: PromotionRequest, result: SweepResult, home: Path, *, is_trusted: bool
) -> GateDecision:
    """The gate's decision on the sweep's model."""
    registry = Registry(home)
    champion_modules = promotion.champion_modules(registry, request.name, is_trusted=is_trusted)
    return promotion.judge(
        registry,
        request.name,
        result,
        home,
        metric=request.sweep.objective.primary_metric,
        goal=request.sweep.objective.goal,
        min_improvement=request.min_improvement,
        confidence=request.confidence,
        trusted_modules=(*request.sweep.trial.own_modules, *champion_modules),
    )


@task(name="promote_model", task_run_name="promote-model", cache_policy=NO_CACHE, persist_result=False)
def promote_model(name: str, result: SweepResult, decision: GateDecision, home: Path) -> Promotion:
    """Make the sweep's model the champion, if the gate says so."""
    outcome = promotion.promote_if_passed(Registry(home), name, load(result.sweep_id), decision)
    if warning := log_champion(name):
        get_run_logger().warning(warning)
    verdict = "promoted" if outcome.promoted else "not promoted"
    create_markdown_artifact(
        f"**{verdict}**: {outcome.reason}", key="gate", description="The gate's decision"
    )
    return outcome


@task(name="score_rows", task_run_name="score-rows", cache_policy=NO_CACHE, persist_result=False)
def score_rows(name: str, rows: str, target: Path, home: Path, *, is_trusted: bool) -> Path:
    """Write the new rows with the champion's predictions; gives the path."""
    registry = Registry(home)
    trusted_modules = promotion.champion_modules(registry, name, is_trusted=is_trusted)
    return promotion.score(registry, name, rows, target, trusted_modules=trusted_modules)
