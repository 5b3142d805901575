"""The best trial's model: copied or fitted again, and tested once on rows that no trial has seen."""

import math
import shutil
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sweepflow.base.files import replacing
from sweepflow.data.prepared import PreparedData, features_and_target, load_part, load_roles
from sweepflow.errors import in_one_line
from sweepflow.leaks import too_good
from sweepflow.metrics.notes import not_computed
from sweepflow.models.model_file import ModelError, load_model, save_model
from sweepflow.result import SelectedModel, TestMetric
from sweepflow.spec.spec import Spec
from sweepflow.trials.rows import RankedRow
from sweepflow.trials.state import TrialState

if TYPE_CHECKING:  # scikit-learn is imported where a model is tested: a sweep of functions may have none
    from sweepflow.metrics.scoreboard import Scoreboard


class Written(NamedTuple):
    """What to know of a model that was written: a notice, and how many rows it was fitted on, if known."""

    notice: str | None = None
    n_rows: int | None = None


def select(
    spec: Spec, data: PreparedData | None, best: RankedRow, source: Path, target: Path
) -> SelectedModel:
    """Write the trial's model to `target`, and test it: `write_model`, then `tested`."""
    return tested(spec, data, best, target, write_model(spec, data, best, source, target))


def tested(
    spec: Spec, data: PreparedData | None, best: RankedRow, target: Path, written: Written
) -> SelectedModel:
    """The trial's model that was written to `target`, tested on the test rows; no model if there is none."""
    if not target.exists():
        return SelectedModel(notice=written.notice)
    selected = _selected(spec, data, best, target).with_notices([written.notice])
    return selected.model_copy(update={"n_rows": written.n_rows})


def missing_metrics(spec: Spec, rows: Sequence[RankedRow]) -> list[str]:
    """Notices of further metrics that could not be computed, with the number of trials that lack them."""
    notices = []
    for name in dict.fromkeys(spec.metrics):
        beginning = not_computed(name, "")
        notes = [note for row in rows for note in (row.error or "").split("; ")]
        reasons = [note.removeprefix(beginning) for note in notes if note.startswith(beginning)]
        if reasons:
            notices.append(
                f"{name} could not be computed for {len(reasons)} of {len(rows)} trials: {reasons[0]}"
            )
    return notices


def still_improving(
    spec: Spec, row: RankedRow, model: Any = None, data: PreparedData | None = None
) -> str | None:
    """The notice of a growing trial that was best at its last report; None of any other.

    Of a trial's model that stops early by itself, on this data, it tells whether that did not happen; of one
    whose iterations end by themselves, too.
    """
    if data is not None and spec.trial.can_fit_again:
        from sweepflow.training.rounds import ending, unconverged

        given = {**spec.trial.fixed, **row.parameters}
        if (end := ending(model, given, _n_trained(spec, data))) is not None:
            told = f"trial {row.number} was still improving at its last round: raise {end.ceiling}"
            return told if end.is_cut_off and row.state == TrialState.COMPLETED else None
        if spec.trial.ceiling is None and (name := unconverged(model)):
            return f"trial {row.number} had not converged after its last iteration: raise {name}"
    is_best_last = row.intervals > 1 and row.best_interval == row.intervals
    if spec.trial.ceiling is None or not is_best_last or row.state != TrialState.COMPLETED:
        return None
    return f"trial {row.number} was still improving at its last report: raise {spec.trial.ceiling}"


def _n_trained(spec: Spec, data: PreparedData) -> int:
    """On how many rows a trial is fitted, about so many with folds."""
    n_folds, n_train = spec.validation.folds, data.n_rows["train"]
    if n_folds is None:
        return n_train
    n_rows = n_train + data.n_rows["validation"]
    return n_rows - n_rows // n_folds


def write_model(
    spec: Spec, data: PreparedData | None, best: RankedRow, source: Path, target: Path
) -> Written:
    """Write the trial's model to `target`.

    `source` is the file of its model, which need not exist: a trial may leave none, and one that was cut off
    has none. The model is then fitted again if the kind of trial can do that. If there is no model, the
    notice says why, and an earlier `target` is deleted.
    """
    target.unlink(missing_ok=True)  # the model of the trial that was the best before some ran again
    notice = None
    is_refitted = bool(spec.refit and not _has_seen_all(spec, best, source))
    if spec.trial.can_fit_again and data is not None and (is_refitted or not source.exists()):
        if is_refitted or best.state != TrialState.COMPLETED:
            notice = _fit(spec, data, best, target)
        if target.exists():
            return Written(notice, _n_rows(spec, data, has_seen_all=is_refitted))
    if source.exists():
        with replacing(target) as partial:
            shutil.copyfile(source, partial)
        return Written(notice, _n_rows(spec, data, has_seen_all=False))
    return Written(notice or (_why_none(best) if spec.trial.has_model else None))


def fit_on_training_rows(spec: Spec, data: PreparedData, row: RankedRow) -> Any:
    """The model of a trial that was scored on the validation rows, fitted again on the training rows."""
    with _without_warnings():
        return spec.trial.fit_again(spec.job(row.parameters, data), _n_intervals(row))


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Keep a library's warnings about a fit off the terminal: the log of its trial has them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _n_rows(spec: Spec, data: PreparedData | None, *, has_seen_all: bool) -> int | None:
    """How many rows a model was fitted on; None if the trial decided that itself."""
    if data is None or not spec.trial.can_fit_again:
        return None
    parts = ["train", "validation"] if has_seen_all or spec.validation.folds is not None else ["train"]
    return sum(data.n_rows[part] for part in parts)


def _n_intervals(row: RankedRow) -> int:
    """How many intervals its model is fitted for: up to the best one."""
    return row.best_interval or row.intervals


def _has_seen_all(spec: Spec, best: RankedRow, source: Path) -> bool:
    """Whether the model of its trial was fitted on all rows that are not for the test, as with folds."""
    return spec.validation.folds is not None and best.state == TrialState.COMPLETED and source.exists()


def _why_none(best: RankedRow) -> str | None:
    """Why there is no model; None for a trial that has completed and left none."""
    if best.state == TrialState.COMPLETED and not best.error:
        return None
    return f"trial {best.number}, the best, has no model: {best.error or best.state}"


def _fit(spec: Spec, data: PreparedData, best: RankedRow, target: Path) -> str | None:
    """Fit the best parameters once more and write the model; returns what to know about it."""
    job = spec.job(best.parameters, data)
    fit = spec.trial.refit if spec.refit else spec.trial.fit_again
    try:
        with _without_warnings():
            model = fit(job, _n_intervals(best))
        save_model(model, target)
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001  the sweep has its result, whatever an estimator raises
        reason = in_one_line(error)
        return f"the best parameters could not be fitted again: {reason}"
    if spec.refit:
        return None
    return f"trial {best.number} was cut off ({best.error}), so its model was fitted again"


def _selected(spec: Spec, data: PreparedData | None, best: RankedRow, target: Path) -> SelectedModel:
    """The model, with its test if it can be tested."""
    if data is None:
        return SelectedModel(model_path=str(target))
    from sweepflow.metrics.compatibility import AnswerError

    try:
        model = load_model(target, trusted_modules=spec.trial.own_modules)
        tested, failures = _tested(model, spec, data)
    except (AnswerError, ModelError) as error:
        refused = str(error) if isinstance(error, AnswerError) else None
        notice = f"the model was not tested: {error}"
        return SelectedModel(model_path=str(target), notice=notice, refused=refused)
    is_comparable = spec.trial.reports_own_metrics and spec.objective.primary_metric in tested
    difference = _less_than_reported(model, spec, data, best) if is_comparable else None
    selected = SelectedModel(model_path=str(target), test_metrics=tested)
    suspicions = [too_good(name, metric.value) for name, metric in tested.items()]
    improving = still_improving(spec, best, model, data)
    return selected.with_notices([difference, *failures, *suspicions[:1], improving])


def _tested(model: Any, spec: Spec, data: PreparedData) -> tuple[dict[str, TestMetric], list[str]]:
    """The metrics that could be tested, and why the others could not.

    AnswerError if none could because the model predicts other labels than the target's.
    """
    from sweepflow.metrics.compatibility import AnswerError
    from sweepflow.metrics.scoreboard import Scoreboard

    if not hasattr(model, "predict"):
        raise ModelError(f"a {type(model).__qualname__} has no predict")
    features, target = features_and_target(load_part(data.folder, "test"), data)
    board = Scoreboard(model, features, target, data, load_roles(data, "test"))
    tested: dict[str, TestMetric] = {}
    failures: dict[str, Exception] = {}
    for name in spec.computed_metrics:
        try:
            tested[name] = _interval(board.board_for(name), name, spec.validation.seed)
        except Exception as error:  # noqa: BLE001  a model may raise anything; the sweep has its result
            failures[name] = error
    if failures and not tested and all(isinstance(error, AnswerError) for error in failures.values()):
        raise next(iter(failures.values()))
    return tested, [f"{name} could not be tested: {in_one_line(error)}" for name, error in failures.items()]


def _less_than_reported(model: Any, spec: Spec, data: PreparedData, best: RankedRow) -> str | None:
    """The notice of a model that scores worse on the validation rows than its trial reported.

    That shows classes in another order, numbers in another unit, or a model other than the measured one.
    """
    from sweepflow.metrics.scoreboard import Scoreboard

    metric = spec.objective.primary_metric
    features, target = features_and_target(load_part(data.folder, "validation"), data)
    try:
        roles = load_roles(data, "validation")
        board = Scoreboard(model, features, target, data, roles).board_for(metric)
        value, low, high = board.interval(metric, spec.validation.seed)
    except Exception:  # noqa: BLE001  these rows may lack a class; the test rows show all other faults
        return None
    reported = best.value
    if reported is None or not all(spec.objective.is_worse(bound, reported) for bound in (low, high)):
        return None
    values = f"trial {best.number} reported {metric} {reported:.4g}, but its model has {value:.4g}"
    rows = f"on the validation rows (95 % interval {low:.4g} to {high:.4g})"
    return f"{values} {rows}: return the model that was measured, with answers in the target's own values"


def _interval(board: "Scoreboard", metric: str, seed: int) -> TestMetric:
    interval = board.interval(metric, seed)
    if not all(map(math.isfinite, interval)):
        raise ValueError(f"it is {interval.value:g} [{interval.low:g}, {interval.high:g}] on the test rows")
    return TestMetric(**interval._asdict())
