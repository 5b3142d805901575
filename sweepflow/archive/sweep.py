"""A sweep on record, running or ended: what `sweepflow.load` gives."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sweepflow.archive.comparison import Comparison, compare_with_baseline
from sweepflow.archive.folder import BEST, LEADERBOARD, METRICS, MODEL, REPORT_PAGE, SweepFolder
from sweepflow.archive.ranking import ranked
from sweepflow.base.settings import home, ledger_url
from sweepflow.ledger.ledger import Ledger
from sweepflow.ledger.lookup import find_sweep
from sweepflow.result import (
    BaselineTrial,
    BestTrial,
    SelectedModel,
    SweepResult,
    TrialCounts,
    best_trial,
)
from sweepflow.spec.spec import Spec
from sweepflow.trials.reasons import failure_lines
from sweepflow.trials.rows import MetricRow, RankedRow
from sweepflow.trials.state import NULL, SweepState

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from optuna import Study

_ROWS_SHOWN = 10


@dataclass(frozen=True)
class Sweep:
    """A sweep's spec, its trials, what they reported and how it ended, as on record at one moment."""

    id: str
    state: SweepState
    error: str | None
    spec: Spec
    data_fingerprint: str | None
    started: datetime
    ended: datetime | None
    """None while it runs."""
    seconds: float
    """How long it has run, without the time between an interrupt and its resumption."""
    folder: Path
    rows: list[RankedRow] = field(repr=False)
    """The trials in rank order, as `sweepflow.archive.ranking.ranked` gives them."""
    reports: Sequence[MetricRow] = field(repr=False)
    """The reports as the ledger has them, in the order in which they were recorded."""
    selected: SelectedModel
    """Empty if no model was selected."""

    @cached_property
    def trials(self) -> "pd.DataFrame":
        """A row a trial in rank order, with the columns of `leaderboard.parquet`."""
        from sweepflow.archive.leaderboard import leaderboard

        return _frame(leaderboard(self.rows))

    @cached_property
    def metrics(self) -> "pd.DataFrame":
        """A row for every value that was reported, with the columns of `metrics.parquet`."""
        from sweepflow.archive.leaderboard import metric_table

        return _frame(metric_table(self.reports))

    @property
    def best(self) -> BestTrial | None:
        """The trial whose model is handed over, or the best that has ended; None if none has a value."""
        return best_trial(self.rows, self.selected.number)

    @property
    def counts(self) -> TrialCounts:
        """How many trials there are in each state."""
        return TrialCounts.of([row.state for row in self.rows])

    @property
    def result(self) -> SweepResult:
        """The result that the flow returns, with the files that exist now."""
        comparison = compare_with_baseline(self.spec, self.rows)
        return SweepResult(
            sweep_id=self.id,
            state=self.state,
            error=self.error,
            best=self.best,
            verdict=self.selected.verdict,
            why_not_first=self.selected.why_not_first,
            trials=self.counts,
            baseline=_baseline_trial(comparison),
            compared=comparison and comparison.line,
            why_failed=failure_lines(self.rows),
            test_metrics=self.selected.test_metrics,
            model_path=self.selected.model_path and _existing(Path(self.selected.model_path)),
            outputs_path=str(best) if (best := self.folder / BEST).is_dir() else None,
            leaderboard_path=_existing(self.folder / LEADERBOARD),
            metrics_path=_existing(self.folder / METRICS),
            report_path=_existing(self.folder / REPORT_PAGE),
            notice=self.selected.notice,
            wall_seconds=self.seconds,
        )

    @property
    def title(self) -> str:
        """Its name for people: the display name, the name, or the ID."""
        return self.spec.display_name or self.spec.name or f"Sweep {self.id}"

    def model(self) -> Any:
        """The best model; ModelError if the sweep has none, or it cannot be loaded."""
        from sweepflow.models.model_file import load_model

        return load_model(self.folder / MODEL, trusted_modules=self.spec.trial.own_modules)

    def to_optuna(self) -> "Study":
        """The sweep as an Optuna study in memory, for Optuna's own tools."""
        from sweepflow.archive.optuna_study import study_of

        return study_of(self.id, self.spec, self.rows, self.reports)

    def _repr_html_(self) -> str:
        """What a notebook shows: its state, and its best trials."""
        name, metric = escape(self.title), escape(self.spec.objective.primary_metric)
        status = f"{self.counts.total} trials, {self.state}"
        if self.best is not None:
            status += f", best {metric} {self.best.value:.6g} (trial {self.best.number})"
        hidden = ["started", "ended"] + (["error"] if self.best else [])
        table = self._first_trials().drop(columns=hidden).to_html(index=False, na_rep="", border=0)
        return f"<p><strong>{name}</strong>: {status}</p>{table}"

    def _first_trials(self) -> "pd.DataFrame":
        """The best trials; a null that was drawn is shown, unlike a parameter that was not drawn."""
        frame = self.trials.head(_ROWS_SHOWN).copy()
        for index, row in enumerate(self.rows[:_ROWS_SHOWN]):
            for name in (f"param.{name}" for name, value in row.parameters.items() if value is None):
                frame[name] = frame[name].astype(object)
                frame.iloc[index, frame.columns.get_loc(name)] = NULL  # type: ignore[index]
        return frame


def load(sweep_id: str) -> Sweep:
    """The sweep as it is on record now, by its ID, the beginning of it, or `latest`.

    SpecError if there is none, or more than one.
    """
    ledger = Ledger(ledger_url())
    try:
        full_id = find_sweep(ledger, sweep_id).id
        return read_sweep(ledger, full_id, SweepFolder(home(), full_id).path)
    finally:
        ledger.close()


def read_sweep(ledger: Ledger, sweep_id: str, folder: Path) -> Sweep:
    """The sweep in this ledger, its files in `folder`; SpecError if there is none."""
    row = find_sweep(ledger, sweep_id)
    sweep_id = row.id
    spec, reports = Spec.model_validate(row.spec), ledger.metrics(sweep_id)
    return Sweep(
        id=sweep_id,
        state=row.state,
        error=row.error,
        spec=spec,
        data_fingerprint=row.data_fingerprint,
        started=row.started,
        ended=row.ended,
        seconds=ledger.seconds_used(sweep_id),
        folder=folder,
        rows=ranked(ledger.trials(sweep_id), reports, spec.trial_objective, spec.require),
        reports=reports.reported(),
        selected=SelectedModel.model_validate(row.selected or {}),
    )


def _baseline_trial(comparison: Comparison | None) -> BaselineTrial | None:
    if comparison is None:
        return None
    return BaselineTrial(number=comparison.number, parameters=comparison.parameters, value=comparison.value)


def _existing(path: Path) -> str | None:
    return str(path) if path.is_file() else None


def _frame(table: "pa.Table") -> "pd.DataFrame":
    """The table as pandas has it; whole numbers stay whole where some are missing."""
    import pandas as pd
    import pyarrow as pa

    kinds = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    frame: pd.DataFrame = table.to_pandas(types_mapper=kinds.get)
    return frame
