"""The verdict at the end of a sweep, in words and figures: whether tuning has helped."""

import math
from typing import TYPE_CHECKING

from sweepflow.archive.comparison import Comparison
from sweepflow.result import Verdict

if TYPE_CHECKING:  # the gate knows scikit-learn
    from sweepflow.gating import GateDecision


def verdict(
    tuned: int,
    baseline: int,
    decision: "GateDecision | None",
    *,
    is_tuned: bool,
    is_overruled: bool,
    name: str,
) -> Verdict:
    """The verdict on two trials, given by their numbers, whose models were both tested.

    `decision` is the gate's on the test rows, None if it could not compare them; `is_tuned` says whose model
    is handed over, `is_overruled` that this is not the one that the validation rows spoke for, and `name`
    what the baseline is called: the defaults, or the baseline.
    """
    figures = decision and {"difference": decision.difference, "low": decision.low, "high": decision.high}
    text = _of_tuned(decision, name, is_overruled) if is_tuned else _of_baseline(decision, name, is_overruled)
    kept = "tuned" if is_tuned else "baseline"
    return Verdict.model_validate(
        {"text": text, "kept": kept, "tuned": tuned, "baseline": baseline, **(figures or {})}
    )


def not_compared(comparison: Comparison, best: int, name: str, *, is_alone: bool = False) -> Verdict:
    """The verdict of a sweep in which the baseline or every other trial has no value.

    `is_alone` says that there is no other trial.
    """
    if comparison.value is not None and comparison.number == best and is_alone:
        return Verdict(text=f"nothing was tuned: {name} had the only trial", kept="baseline", baseline=best)
    if comparison.value is not None and comparison.number == best:
        text = f"tuning did not help here: {name} are kept, no other trial has a value"
        return Verdict(text=_singular(text, name), kept="baseline", baseline=best)
    text = f"no verdict on {name}: {comparison.verdict}"
    return Verdict(text=text, kept="tuned", tuned=best, baseline=comparison.number)


def why_not_first(number: int, first: int, name: str, *, is_quickest: bool, is_overruled: bool) -> str | None:
    """Why the model of this trial is handed over and not that of the leaderboard's first; None if it is.

    `is_quickest` says that the quickest of the trials as good was asked for, `is_overruled` that the test
    rows proved the choice of the validation rows wrong, and `name` is what the baseline is called.
    """
    if number == first:
        return None
    if is_overruled:
        reason = f"the test rows decide between it and {name}"
    elif is_quickest:
        reason = f"within one standard error of it, trial {number} was the quickest to train"
    else:
        reason = f"its lead over {name} is small beside its error"
    return f"handed over is trial {number}, not trial {first}, the leaderboard's first: {reason}"


def _of_tuned(decision: "GateDecision | None", name: str, is_overruled: bool) -> str:
    if decision is None:
        return f"tuned is ahead of {name} on validation rows; the two were not compared on test rows"
    bounds = f"({_shown(decision.low, decision)} to {_shown(decision.high, decision)})"
    size = _shown(abs(decision.difference), decision)
    if decision.promote:
        so_far = ", though not on validation rows" if is_overruled else ""
        return f"tuned beats {name} by {size} {bounds}{so_far}"
    if decision.difference == 0:
        return f"tuned is as good as {name} on the test rows {bounds}"
    if decision.high < 0:
        return f"tuned is worse than {name} by {size} on the test rows {bounds}"
    side = "ahead of" if decision.difference > 0 else "behind"
    return f"tuned is {side} {name} by {size} on the test rows {bounds}, which may be chance"


def _of_baseline(decision: "GateDecision | None", name: str, is_overruled: bool) -> str:
    text = _singular(f"tuning did not help here: {name} are kept", name)
    if decision is None:
        return text
    bounds = f"({_shown(decision.low, decision)} to {_shown(decision.high, decision)})"
    difference = f"{_shown(decision.difference, decision)} {bounds}"
    if is_overruled:
        return f"{text}, because on the test rows the tuned model is worse: {difference}"
    return f"{text}; on the test rows the best tuned model differs by {difference}"


def _singular(text: str, name: str) -> str:
    return text if name.endswith("defaults") else text.replace(" are kept", " is kept")


def _shown(value: float, decision: "GateDecision") -> str:
    """The number with so many decimals that the widest bound has two significant digits."""
    widest = max(abs(decision.low), abs(decision.high))
    if not math.isfinite(widest) or widest == 0:
        return f"{value:.3g}"
    decimals = max(0, 1 - math.floor(math.log10(widest)))
    return f"{value:,.{decimals}f}" if decimals < 10 else f"{value:.2g}"
