"""Whether a probe's findings are worth a sweep: facts in, decision out."""

from collections.abc import Sequence
from typing import NamedTuple

from sweepflow.gating import Fall, GateDecision
from sweepflow.trials.parameters import Parameters


class Rival(NamedTuple):
    """A past configuration, trained again on the new data, and the gate's decision on it.

    `error` says why there is no decision: it could not be trained, or not be compared.
    """

    number: int
    """The number of the trial in the earlier sweep."""
    parameters: Parameters
    decision: GateDecision | None = None
    error: str | None = None


class Findings(NamedTuple):
    """What a probe has measured; the champion and its rivals are compared on the same rows."""

    champion: str
    """Its name in messages."""
    metric: str
    tolerance: float
    confidence: float
    n_rows: int
    fall: Fall
    rivals: tuple[Rival, ...]


class Verdict(NamedTuple):
    """Whether a full sweep is to follow, and why, in one sentence."""

    goes_on: bool
    reason: str


def verdict(findings: Findings) -> Verdict:
    """A sweep is worth it if the champion has fallen, a rival has passed it, or none could be compared."""
    compared = [_Compared(rival.number, rival.decision) for rival in findings.rivals if rival.decision]
    passed = _best([rival for rival in compared if rival.decision.promote])
    if findings.fall.has_fallen:
        return Verdict(True, f"{_champion(findings, 'fell')}, wholly below {-findings.tolerance or 0:g}")
    if passed is not None:
        return Verdict(True, f"{_champion(findings, 'held')}, but {_rival(passed, 'passed it')}")
    held = f"{_champion(findings, 'held')}, and {_rivals(findings.rivals, _best(compared))}"
    return Verdict(not compared, held)


def _champion(findings: Findings, verb: str) -> str:
    fall = findings.fall
    interval = f"{100 * findings.confidence:g} % interval {fall.low:.4g} to {fall.high:.4g}"
    values = f"{fall.before:.4g} -> {fall.after:.4g}" + (" (smaller is better)" if fall.is_loss else "")
    change = f"{findings.metric} {values}, {fall.difference:+.4g} ({interval})"
    return f"{findings.champion} {verb} on {findings.n_rows} new rows: {change}"


def _rivals(rivals: Sequence[Rival], best: "_Compared | None") -> str:
    if best is None:
        reason = rivals[0].error if rivals else "the earlier sweep has none"
        return f"none of {len(rivals)} past configurations could be compared with it: {reason}"
    return f"none of {len(rivals)} past configurations passed it; {_rival(best, 'came nearest')}"


def _rival(rival: "_Compared", verb: str) -> str:
    decision = rival.decision
    interval = f"interval {decision.low:.4g} to {decision.high:.4g}"
    return f"trial {rival.number}'s configuration {verb}: {decision.difference:+.4g} ({interval})"


class _Compared(NamedTuple):
    """A rival that could be compared."""

    number: int
    decision: GateDecision


def _best(rivals: Sequence[_Compared]) -> _Compared | None:
    """The rival with the greatest improvement; None if there is no rival."""
    return max(rivals, key=lambda rival: rival.decision.difference, default=None)
