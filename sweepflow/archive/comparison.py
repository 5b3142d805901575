"""The best trial beside the baseline, by what both reported; only the best is ever tested."""

from collections.abc import Sequence
from typing import NamedTuple

from sweepflow.base.printable import shortened, three_digits
from sweepflow.spec.spec import Spec
from sweepflow.trials.objective import Objective
from sweepflow.trials.parameters import Parameters, configuration_key
from sweepflow.trials.rows import RankedRow
from sweepflow.trials.state import TrialState

_LONGEST_REASON = 200
_UNRANKED = {
    TrialState.QUEUED: "it has not ended",
    TrialState.RUNNING: "it has not ended",
    TrialState.FAILED: "it failed",
    TrialState.TIMED_OUT: "it timed out",
    TrialState.CANCELED: "it was canceled",
}


class Comparison(NamedTuple):
    """How the best trial compares with the baseline, in numbers and in words."""

    number: int | None
    """The baseline's trial; None if it was not tried."""
    parameters: Parameters
    """The baseline's."""
    value: float | None
    """The baseline's value; None if it is not ranked, or was stopped before it had the best one's folds."""
    difference: float | None
    """How much better the best is, >= 0 for either goal; None if the baseline has no value."""
    verdict: str
    """`better by 0.0046`, or why there is no comparison."""
    baseline_words: str
    """`baseline 0.9931 (trial 0)`; empty if the baseline has no value."""
    line: str
    """All of it, in one line."""


def compare_with_baseline(spec: Spec, rows: Sequence[RankedRow]) -> Comparison | None:
    """The comparison of the best of a sweep's ranked rows with its baseline; None if it has none."""
    baseline = baseline_row(spec, rows)
    parameters = baseline.parameters if baseline else _named(spec)
    if parameters is None:
        return None
    return _compare(parameters, baseline, rows[0] if rows else None, spec)


def baseline_row(spec: Spec, rows: Sequence[RankedRow]) -> RankedRow | None:
    """The trial of the baseline; None if the spec has none, or it was not tried."""
    if spec.has_defaults_first:
        return next((row for row in rows if row.number == 0), None)
    named = _named(spec)
    key = None if named is None else configuration_key(named)
    tried = (row for row in rows if configuration_key(row.parameters) == key)
    return min(tried, key=lambda row: row.number, default=None)


def _named(spec: Spec) -> Parameters | None:
    """The configuration that the spec names; the defaults are known by their number alone."""
    return None if spec.has_defaults_first else spec.baseline_parameters


def _compare(
    parameters: Parameters, baseline: RankedRow | None, best: RankedRow | None, spec: Spec
) -> Comparison:
    """The comparison of these rows."""
    objective, name = spec.trial_objective, "defaults" if spec.has_defaults_first else "baseline"
    value, top = (None if row is None else row.ranked_value for row in (baseline, best))
    if baseline is None or best is None or value is None or top is None:
        return _none(parameters, baseline, name, _why_not(baseline))
    if _n_missing(baseline, objective) > _n_missing(best, objective):
        why = f"it was stopped after {_n_intervals(baseline, 'fold')} (trial {baseline.number})"
        return _none(parameters, baseline, name, why)
    verdict = "no trial was better" if baseline.number == best.number else _verdict(value, top, objective)
    difference = objective.score(top) - objective.score(value)
    baseline_words = f"{name} {value:.6g} ({_trial_words(baseline)})"
    line = f"best {objective.primary_metric} {top:.6g}, {baseline_words}: {verdict}, {_where(spec)}"
    return Comparison(baseline.number, parameters, value, difference, verdict, baseline_words, line)


def _none(parameters: Parameters, baseline: RankedRow | None, name: str, why: str) -> Comparison:
    """No comparison, and why there is none."""
    number = None if baseline is None else baseline.number
    return Comparison(number, parameters, None, None, why, "", f"no comparison with the {name}: {why}")


def _n_missing(row: RankedRow, objective: Objective) -> int:
    return objective.n_missing(row.intervals, row.state)


def _verdict(baseline: float, best: float, objective: Objective) -> str:
    if objective.is_worse(baseline, best):
        return f"better by {three_digits(abs(best - baseline))}"
    return "no better"


def _trial_words(baseline: RankedRow) -> str:
    trial = f"trial {baseline.number}"
    if baseline.state == TrialState.COMPLETED:
        return trial
    return f"{trial}, its best until it was stopped after {_n_intervals(baseline, 'interval')}"


def _n_intervals(row: RankedRow, word: str) -> str:
    return f"{row.intervals} {word}" if row.intervals == 1 else f"{row.intervals} {word}s"


def _why_not(baseline: RankedRow | None) -> str:
    if baseline is None:
        return "it was not tried"
    if baseline.unmet is not None:
        return f"{baseline.unmet} (trial {baseline.number})"
    state = f"{_UNRANKED[baseline.state]} (trial {baseline.number})"
    reason = shortened(baseline.error or "", _LONGEST_REASON)
    return f"{state}: {reason}" if reason else state


def _where(spec: Spec) -> str:
    if spec.validation.folds is not None:
        return "over the folds"
    return "on validation rows" if spec.data else "as reported"
