"""What a list of sweeps shows of each one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from sweepflow.archive.ranking import ranked
from sweepflow.ledger.ledger import Ledger, SweepRow
from sweepflow.result import BestTrial, SelectedModel, TestMetric, TrialCounts, best_trial
from sweepflow.spec.spec import Spec
from sweepflow.trials.state import SweepState


class SweepSummary(BaseModel):
    """A sweep's metric and goal, its state, and its best trial so far."""

    model_config = ConfigDict(frozen=True)

    sweep_id: str
    name: str | None
    """Its display name or its name; None if it has neither."""
    state: SweepState
    error: str | None
    primary_metric: str
    goal: str
    best: BestTrial | None
    test: TestMetric | None
    """The primary metric of the selected model on the test rows; None if it was not tested."""
    trials: TrialCounts
    tags: dict[str, str]
    started: datetime
    ended: datetime | None


def summaries(
    ledger: Ledger, states: tuple[SweepState, ...] = (), tags: Mapping[str, str] | None = None, most: int = 20
) -> list[SweepSummary]:
    """Up to `most` sweeps with all these tags in one of these states (none: in any), the latest first."""
    matching: list[SweepSummary] = []
    for row in ledger.sweeps(*states):
        if len(matching) == most:
            break
        if (tags or {}).items() <= row.spec.get("tags", {}).items():
            matching.append(_summary(ledger, row))
    return matching


def _summary(ledger: Ledger, row: SweepRow) -> SweepSummary:
    spec = Spec.model_validate(row.spec)
    rows = ranked(ledger.trials(row.id), ledger.metrics(row.id), spec.trial_objective, spec.require)
    return SweepSummary(
        sweep_id=row.id,
        name=spec.display_name or spec.name,
        state=row.state,
        error=row.error,
        primary_metric=spec.objective.primary_metric,
        goal=spec.objective.goal,
        best=best_trial(rows, (row.selected or {}).get("number")),
        test=_tested(row.selected, spec.objective.primary_metric),
        trials=TrialCounts.of([trial.state for trial in rows]),
        tags=spec.tags,
        started=row.started,
        ended=row.ended,
    )


def _tested(selected: Mapping[str, Any] | None, metric: str) -> TestMetric | None:
    return (SelectedModel.model_validate(selected or {}).test_metrics or {}).get(metric)
