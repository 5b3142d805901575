"""The model that a sweep hands over, and the verdict whether tuning has helped."""

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from sweepflow.archive.comparison import baseline_row, compare_with_baseline
from sweepflow.archive.folder import MODEL, SweepFolder
from sweepflow.data.prepared import Part, PreparedData, features_and_target, load_part, load_roles
from sweepflow.errors import in_one_line
from sweepflow.models.model_file import load_model
from sweepflow.result import SelectedModel, Verdict
from sweepflow.running.choice import Lead, fold_values, lead_over_folds, quickest, standard_error
from sweepflow.running.selection import Written, fit_on_training_rows, tested, write_model
from sweepflow.running.verdict import not_compared, verdict, why_not_first
from sweepflow.spec.select import NOT_WORSE, ONE_ERROR
from sweepflow.spec.spec import Spec
from sweepflow.training.apart import reading_tables
from sweepflow.trials.rows import MetricRow, RankedRow
from sweepflow.trials.state import TrialState

if TYPE_CHECKING:
    from sweepflow.gating import GateDecision

T = TypeVar("T")

_NORMAL = 1.96
"""The bounds of a 95 % interval lie so many standard errors from its middle."""


class _Contest(NamedTuple):
    """The two trials between which the choice is made."""

    baseline: RankedRow
    tuned: RankedRow


class HandOver:
    """Chooses the trial whose model a sweep hands over, by the spec's `select`, and tests it once."""

    def __init__(
        self,
        spec: Spec,
        data: PreparedData | None,
        rows: Sequence[RankedRow],
        reports: Sequence[MetricRow],
        folder: SweepFolder,
    ) -> None:
        """`rows` are the ranked trials, the first of which has a value; `reports` are all of the sweep's."""
        self._spec = spec
        self._data = data
        self._rows = [row for row in rows if row.ranked_value is not None]
        self._all_rows = rows
        self._reports = reports
        self._folder = folder
        self._target = folder.path / MODEL
        self._name = "the defaults" if spec.has_defaults_first else "the baseline"
        self._notices: list[str] = []

    def run(self) -> SelectedModel:
        """Write the model of the chosen trial into the sweep's folder, test it, and give the verdict."""
        contest = self._contest()
        chosen = picked = self._step(lambda: self._picked(contest))
        written = self._write(picked, self._target)
        found = self._no_contest() if contest is None else None
        if contest is not None and self._target.exists():
            tuned = contest.tuned if picked.number == contest.baseline.number else picked
            found, picked, written = self._tried(_Contest(contest.baseline, tuned), picked, written)
        selected = self._step(lambda: tested(self._spec, self._data, picked, self._target, written))
        why = why_not_first(
            picked.number,
            self._rows[0].number,
            self._name,
            is_quickest=self._spec.select == ONE_ERROR,
            is_overruled=picked is not chosen,
        )
        update = {"number": picked.number, "verdict": found, "why_not_first": why}
        selected = selected.model_copy(update=update)
        return selected.with_notices(self._notices)

    def _step(self, work: Callable[[], T]) -> T:
        """What a step returns that may read tables; its notices count too."""
        result, self._notices = reading_tables(lambda: (work(), self._notices))
        return result

    def _write(self, row: RankedRow, target: Path) -> Written:
        """Write the model of this trial."""
        source = self._folder.trial_model(row.number)
        return self._step(lambda: write_model(self._spec, self._data, row, source, target))

    def _contest(self) -> _Contest | None:
        """The best trial and the baseline; None if one of them has no value."""
        if not self._spec.trial.can_fit_again or self._data is None:
            return None
        baseline = baseline_row(self._spec, self._rows)
        tuned = next((row for row in self._rows if baseline and row.number != baseline.number), None)
        if tuned is None or baseline is None:
            return None
        if baseline.state is TrialState.TERMINATED:  # the policy's doing: it is tested as a whole
            baseline = replace(baseline, best_interval=sys.maxsize)
        return _Contest(baseline, tuned)

    def _no_contest(self) -> Verdict | None:
        comparison = compare_with_baseline(self._spec, self._all_rows)
        if comparison is None or not self._spec.trial.can_fit_again:
            return None
        is_alone = len(self._all_rows) == 1
        return not_compared(comparison, self._rows[0].number, self._name, is_alone=is_alone)

    def _picked(self, contest: _Contest | None) -> RankedRow:
        """The trial that the validation rows or the folds speak for."""
        best = self._rows[0]
        if self._data is None or not self._spec.trial.can_fit_again:
            return best
        if self._spec.select == ONE_ERROR:
            return quickest(self._rows, self._error(best), self._spec.trial_objective)
        if self._spec.select == NOT_WORSE and contest is not None:
            return contest.tuned if self._lead(contest).is_enough else contest.baseline
        return best

    def _tried(
        self, contest: _Contest, picked: RankedRow, written: Written
    ) -> tuple[Verdict, RankedRow, Written]:
        """The verdict of the test rows; if they prove the choice wrong, the other model is handed over."""
        is_tuned = picked.number == contest.tuned.number
        rival = contest.baseline if is_tuned else contest.tuned
        with TemporaryDirectory(dir=self._folder.path) as folder:
            other = Path(folder) / MODEL
            written_too = self._write(rival, other)
            models = (other, self._target) if is_tuned else (self._target, other)
            decision = self._step(lambda: self._gate(*models))
            proves_wrong = decision and (decision.high < 0 if is_tuned else decision.promote)
            is_overruled = bool(proves_wrong) and self._spec.select == NOT_WORSE
            if is_overruled:
                shutil.move(other, self._target)
                is_tuned, picked, written = not is_tuned, rival, written_too
        numbers = contest.tuned.number, contest.baseline.number
        found = verdict(*numbers, decision, is_tuned=is_tuned, is_overruled=is_overruled, name=self._name)
        return found, picked, written

    def _gate(self, baseline: Path, tuned: Path) -> "GateDecision | None":
        """The gate on the test rows; None, with a notice, if the models cannot be compared."""
        try:
            return self._compared(load_model(baseline), load_model(tuned), "test")
        except Exception as error:  # noqa: BLE001  a model may raise anything; the sweep has its result
            self._notices.append(f"the models could not be compared on the test rows: {in_one_line(error)}")
            return None

    def _compared(self, baseline: Any, tuned: Any, part: Part) -> "GateDecision":
        from sweepflow.gating import gate_models  # here: a sweep of functions has nothing to compare

        objective, seed = self._spec.objective, self._spec.validation.seed
        metric, goal = objective.primary_metric, objective.goal
        return gate_models(baseline, tuned, self._needed_data, metric=metric, goal=goal, part=part, seed=seed)

    def _lead(self, contest: _Contest) -> Lead:
        """How far the best is ahead, over the folds or on the validation rows."""
        if self._spec.validation.folds is not None:
            before, after = map(self._fold_values, contest)
            return lead_over_folds(before, after, self._spec.trial_objective)
        try:
            before_model, after_model = map(self._model_of, contest)
            decision = self._compared(before_model, after_model, "validation")
            return Lead(decision.difference, (decision.high - decision.low) / (2 * _NORMAL))
        except Exception as error:  # noqa: BLE001  as above
            self._notices.append(f"the error of the best trial's lead is not known: {in_one_line(error)}")
            score = self._spec.trial_objective.score
            return Lead(score(contest.tuned.value or 0.0) - score(contest.baseline.value or 0.0), 0.0)

    def _error(self, row: RankedRow) -> float:
        """The standard error of a trial's value."""
        if self._spec.validation.folds is not None:
            return standard_error(self._fold_values(row))
        from sweepflow.metrics.scoreboard import Scoreboard

        data, metric = self._needed_data, self._spec.objective.primary_metric
        try:
            features, target = features_and_target(load_part(data.folder, "validation"), data)
            board = Scoreboard(self._model_of(row), features, target, data, load_roles(data, "validation"))
            interval = board.board_for(metric).interval(metric, self._spec.validation.seed)
            return (interval.high - interval.low) / (2 * _NORMAL)
        except Exception as error:  # noqa: BLE001  as above
            self._notices.append(f"the best trial's standard error is not known: {in_one_line(error)}")
            return 0.0

    def _model_of(self, row: RankedRow) -> Any:
        """The model of the training rows alone, as the trial left it, or fitted again."""
        path = self._folder.trial_model(row.number)
        if row.state is TrialState.COMPLETED and path.exists():
            return load_model(path)
        return fit_on_training_rows(self._spec, self._needed_data, row)

    def _fold_values(self, row: RankedRow) -> list[float]:
        metric = self._spec.objective.primary_metric
        own = (each for each in self._reports if each.number == row.number and each.name == metric)
        return fold_values([each.value for each in own if each.value is not None])

    @property
    def _needed_data(self) -> PreparedData:
        if self._data is None:
            raise ValueError("there is no data to compare models on")
        return self._data
