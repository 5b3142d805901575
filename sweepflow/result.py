"""The result of a sweep."""

from collections.abc import Sequence
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from sweepflow.trials.parameters import Parameters
from sweepflow.trials.rows import RankedRow
from sweepflow.trials.state import SweepState, TrialState


class BestTrial(BaseModel):
    """The trial that won."""

    model_config = ConfigDict(frozen=True)

    number: int
    parameters: Parameters
    value: float
    metrics: dict[str, float | None]


class BaselineTrial(BaseModel):
    """The baseline; its number is None if no trial had it.

    Its value is None if it is not ranked, or was stopped before it had all the folds that the best one has.
    """

    model_config = ConfigDict(frozen=True)

    number: int | None
    parameters: Parameters
    value: float | None


class TestMetric(BaseModel):
    """A metric on the test rows, with the bounds of its 95 % interval."""

    __test__ = False  # pytest would look for tests in a class of this name
    model_config = ConfigDict(frozen=True)

    value: float
    low: float
    high: float


class TrialCounts(BaseModel):
    """How many trials there were, and how many ended in each state."""

    model_config = ConfigDict(frozen=True)

    total: int = 0
    completed: int = 0
    terminated: int = 0
    failed: int = 0
    timed_out: int = 0
    canceled: int = 0

    @property
    def words(self) -> str:
        """The counts as text: `20 completed, 3 timed out`."""
        counts = self.model_dump(exclude={"total"})
        return ", ".join(f"{count} {TrialState(state).words}" for state, count in counts.items() if count)

    @classmethod
    def of(cls, states: Sequence[TrialState]) -> "TrialCounts":
        """The counts of these states."""
        final = [state for state in TrialState if state.is_final]
        return cls(total=len(states), **{state.value: states.count(state) for state in final})


class Verdict(BaseModel):
    """Whether tuning has helped: the best tuned trial beside the baseline, both tested once."""

    model_config = ConfigDict(frozen=True)

    text: str = Field(description="The verdict in words.")
    kept: Literal["tuned", "baseline"] = Field(description="Whose model is handed over.")
    tuned: int | None = Field(default=None, description="The number of the tuned trial.")
    baseline: int | None = Field(default=None, description="The number of the baseline's trial.")
    difference: float | None = Field(
        default=None,
        description="How much better the tuned model is on the test rows, in the metric's own unit; "
        "null if they were not compared.",
    )
    low: float | None = Field(default=None, description="The lower bound of its 95 % interval.")
    high: float | None = Field(default=None, description="The upper bound.")


class SelectedModel(BaseModel):
    """The model handed over: its file (None if there is none) and its metrics on the test rows."""

    model_config = ConfigDict(frozen=True)

    number: int | None = None
    """Its trial; None for the first of the ranked ones."""
    verdict: Verdict | None = None
    """None if there is no baseline."""
    n_rows: int | None = None
    """How many rows it was fitted on; None if that is not known."""
    why_not_first: str | None = None
    """Why it is not that of the leaderboard's first trial; None if it is."""

    model_path: str | None = None
    test_metrics: dict[str, TestMetric] | None = None
    notice: str | None = None
    refused: str | None = None
    """Why it must not be promoted: its predictions are not the target's values."""

    def with_notices(self, notices: Sequence[str | None]) -> Self:
        """The model with these notices before its own."""
        text = "; ".join(notice for notice in (*notices, self.notice) if notice)
        return self.model_copy(update={"notice": text or None})


class SweepResult(BaseModel):
    """A sweep that has ended; paths are absolute, and null where there is no such file."""

    model_config = ConfigDict(frozen=True)

    sweep_id: str = Field(description="Also the ID of the Prefect flow run.")
    state: SweepState
    error: str | None = None
    best: BestTrial | None = Field(
        default=None, description="The trial whose model is handed over: the verdict says why that one."
    )
    verdict: Verdict | None = Field(default=None, description="If there is a baseline and a best trial.")
    why_not_first: str | None = Field(
        default=None, description="If `best` is not the leaderboard's first trial, why."
    )
    trials: TrialCounts = TrialCounts()
    baseline: BaselineTrial | None = Field(default=None, description="If the spec names a baseline.")
    test_metrics: dict[str, TestMetric] | None = None
    model_path: str | None = None
    outputs_path: str | None = Field(
        default=None, description="The folder of what the best trial wrote, if it wrote anything."
    )
    leaderboard_path: str | None = None
    metrics_path: str | None = None
    report_path: str | None = None
    wall_seconds: float = 0.0
    skipped: str | None = Field(
        default=None, description="Why no sweep was run, if this is an earlier one's result."
    )
    notice: str | None = Field(default=None, exclude=True, description="What to know of the model.")
    compared: str | None = Field(default=None, exclude=True, description="The best beside the baseline.")
    why_failed: tuple[str, ...] = Field(default=(), exclude=True, description="Why trials failed.")

    def as_json(self) -> dict[str, Any]:
        """The result as JSON values, with what only some sweeps have only if it has that."""
        optional = ("baseline", "verdict", "why_not_first", "outputs_path")
        return self.model_dump(
            mode="json", exclude={name for name in optional if getattr(self, name) is None}
        )


def headline(result: SweepResult, primary_metric: str) -> str:
    """The result in one line."""
    trials = f"{result.trials.total} trials ({result.trials.words})" if result.trials.words else "no trial"
    if result.best is None:
        return trials
    test = (result.test_metrics or {}).get(primary_metric)
    tested = f", test {test.value:.6g}" if test else ""
    verdict = f"; {result.verdict.text}" if result.verdict else ""
    best = f"best {primary_metric} {result.best.value:.6g} (trial {result.best.number}){tested}"
    return f"{best}; {trials}{verdict}"


def best_trial(rows: Sequence[RankedRow], number: int | None = None) -> BestTrial | None:
    """The trial of this number, else the first of the rows in rank order; None if it is not ranked."""
    selected = (row for row in rows if row.number == number)
    row = next(selected, rows[0] if rows else None)
    if row is None or row.ranked_value is None:
        return None
    return BestTrial.model_validate(row, from_attributes=True)
